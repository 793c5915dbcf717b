#include "store/store.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace kv {
namespace {

// A key may contain quotes, line breaks or terminal escape sequences.
std::string Quoted(const std::string& key) {
  return absl::StrCat("\"", absl::CHexEscape(key), "\"");
}

std::string State(std::int64_t revision) {
  return revision == 0 ? "absent" : absl::StrCat("at revision ", revision);
}

}  // namespace

absl::StatusOr<Entry> Store::Get(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return absl::NotFoundError(absl::StrCat("no such key ", Quoted(key)));
  }
  return found->second;
}

absl::StatusOr<std::int64_t> Store::Put(
    const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  const std::int64_t current =
      found == entries_.end() ? 0 : found->second.revision;
  if (expected_revision.has_value() && *expected_revision != current) {
    return absl::FailedPreconditionError(
        absl::StrCat("key ", Quoted(key), " is ", State(current), ", not ",
                     State(*expected_revision)));
  }
  entries_.insert_or_assign(found, key, Entry{key, value, revision_ + 1});
  return ++revision_;
}

Deletion Store::Delete(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const bool deleted = entries_.erase(key) > 0;
  if (deleted) ++revision_;
  return {deleted, revision_};
}

}  // namespace kv
