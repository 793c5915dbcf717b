#include "store/store.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
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
  return *found->second;
}

absl::StatusOr<std::int64_t> Store::Put(
    const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision) {
  const auto entry = std::make_shared<Entry>(Entry{key, value});
  std::shared_ptr<const Entry> old;  // freed after the lock, like dropped
  std::deque<Change> dropped;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  const std::int64_t current =
      found == entries_.end() ? 0 : found->second->revision;
  if (expected_revision.has_value() && *expected_revision != current) {
    return absl::FailedPreconditionError(
        absl::StrCat("key ", Quoted(key), " is ", State(current), ", not ",
                     State(*expected_revision)));
  }
  entry->revision = ++revision_;
  old = std::exchange(entries_[key], entry);
  dropped = Record(/*deleted=*/false, entry);
  return revision_;
}

Deletion Store::Delete(const std::string& key) {
  std::shared_ptr<const Entry> old;  // freed after the lock, like dropped
  std::deque<Change> dropped;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {false, revision_};
  old = std::move(found->second);
  entries_.erase(found);
  ++revision_;
  dropped = Record(/*deleted=*/true,
                   std::make_shared<const Entry>(Entry{key, "", revision_}));
  return {true, revision_};
}

std::int64_t Store::Import(std::map<std::string, std::string> entries) {
  std::vector<std::shared_ptr<Entry>> written;  // allocated before the lock
  written.reserve(entries.size());
  for (auto& entry : entries) {
    written.push_back(
        std::make_shared<Entry>(Entry{entry.first, std::move(entry.second)}));
  }
  std::vector<Change> changes;
  changes.reserve(written.size());
  std::vector<std::shared_ptr<const Entry>> old;  // freed after the lock
  old.reserve(written.size());
  std::deque<Change> dropped;  // as well

  const std::lock_guard lock(mutex_);
  for (auto& entry : written) {
    entry->revision = ++revision_;
    old.push_back(std::exchange(entries_[entry->key], entry));
    changes.push_back({/*deleted=*/false, std::move(entry)});
  }
  dropped = changes_.Append(std::move(changes));
  return revision_;
}

std::vector<std::shared_ptr<const Entry>> Store::List(const std::string& prefix,
                                                      std::size_t limit) const {
  std::vector<std::shared_ptr<const Entry>> entries;
  const std::lock_guard lock(mutex_);
  for (auto next = entries_.lower_bound(prefix);
       next != entries_.end() && absl::StartsWith(next->first, prefix);
       ++next) {
    entries.push_back(next->second);
    if (entries.size() == limit) break;
  }
  return entries;
}

absl::StatusOr<Watcher> Store::Watch(const std::string& prefix,
                                     std::optional<std::int64_t> after) const {
  return changes_.Watch(prefix, after);
}

void Store::EndWatches() { changes_.Close(); }

// Needs the lock, so that changes are recorded in revision order.
std::deque<Change> Store::Record(bool deleted,
                                 std::shared_ptr<const Entry> entry) {
  std::vector<Change> changes;
  changes.push_back({deleted, std::move(entry)});
  return changes_.Append(std::move(changes));
}

}  // namespace kv
