#include "store/store.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "store/cause.h"

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

// [lock]
// A function may get the lock when its call is over: the deadline has passed,
// or the client is gone. Then it must not do what it was asked for.
absl::StatusOr<std::unique_lock<std::timed_mutex>> Store::Lock(
    const Over& over) const {
  constexpr std::chrono::milliseconds kAskEvery(50);
  std::unique_lock lock(mutex_, std::try_to_lock);
  bool locked = lock.owns_lock();
  while (over == nullptr || !over()) {
    if (locked) return lock;
    locked = lock.try_lock_until(std::chrono::system_clock::now() + kAskEvery);
  }
  return absl::CancelledError(
      "the call was over before the store did anything");
}
// [lock]

absl::StatusOr<Entry> Store::Get(const std::string& key,
                                 const Over& over) const {
  const auto lock = Lock(over);
  if (!lock.ok()) return lock.status();
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return Failed(
        absl::NotFoundError(absl::StrCat("no such key ", Quoted(key))),
        {"KEY_NOT_FOUND", {{"revision", absl::StrCat(revision_)}}});
  }
  return *found->second;
}

absl::StatusOr<std::int64_t> Store::Put(
    const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision, const Over& over) {
  const auto entry = std::make_shared<Entry>(Entry{key, value});
  std::shared_ptr<const Entry> old;  // freed after the lock, like dropped
  std::deque<Change> dropped;
  const auto lock = Lock(over);
  if (!lock.ok()) return lock.status();
  const auto found = entries_.find(key);
  const std::int64_t current =
      found == entries_.end() ? 0 : found->second->revision;
  if (expected_revision.has_value() && *expected_revision != current) {
    return Failed(
        absl::FailedPreconditionError(absl::StrCat("key ", Quoted(key), " is ",
                                                   State(current), ", not ",
                                                   State(*expected_revision))),
        {"REVISION_MISMATCH", {{"current_revision", absl::StrCat(current)}}});
  }
  entry->revision = ++revision_;
  old = std::exchange(entries_[key], entry);
  dropped = Record(/*deleted=*/false, entry);
  return revision_;
}

absl::StatusOr<Deletion> Store::Delete(const std::string& key,
                                       const Over& over) {
  std::shared_ptr<const Entry> old;  // freed after the lock, like dropped
  std::deque<Change> dropped;
  const auto lock = Lock(over);
  if (!lock.ok()) return lock.status();
  const auto found = entries_.find(key);
  if (found == entries_.end()) return Deletion{false, revision_};
  old = std::move(found->second);
  entries_.erase(found);
  ++revision_;
  dropped = Record(/*deleted=*/true,
                   std::make_shared<const Entry>(Entry{key, "", revision_}));
  return Deletion{true, revision_};
}

absl::StatusOr<std::int64_t> Store::Import(
    std::map<std::string, std::string> entries, const Over& over) {
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

  const auto lock = Lock(over);
  if (!lock.ok()) return lock.status();
  for (auto& entry : written) {
    entry->revision = ++revision_;
    old.push_back(std::exchange(entries_[entry->key], entry));
    changes.push_back({/*deleted=*/false, std::move(entry)});
  }
  dropped = changes_.Append(std::move(changes));
  return revision_;
}

absl::StatusOr<std::vector<std::shared_ptr<const Entry>>> Store::List(
    const std::string& prefix, std::size_t limit, const Over& over) const {
  std::vector<std::shared_ptr<const Entry>> entries;
  const auto lock = Lock(over);
  if (!lock.ok()) return lock.status();
  for (auto next = entries_.lower_bound(prefix);
       next != entries_.end() && absl::StartsWith(next->first, prefix);
       ++next) {
    entries.push_back(next->second);
    if (entries.size() == limit) break;
  }
  return entries;
}

absl::StatusOr<std::unique_ptr<Watcher>> Store::Watch(
    const std::string& prefix, std::optional<std::int64_t> after) const {
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
