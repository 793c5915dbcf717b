// The entries and their revisions, in memory, and their latest changes. It
// knows nothing of gRPC.
//
//   kv::Store store;
//   absl::StatusOr<std::int64_t> revision = store.Put("city", "Berlin");
//   absl::StatusOr<kv::Entry> entry = store.Get("city");
//
// Every change increases the store's revision by one. All functions may be
// called from any thread, and each takes effect at one moment between its call
// and its return (the store is linearizable).
//
// Each function takes an optional callback that says whether the call is over,
// so that nobody waits for the result. In that case the function does nothing
// and returns CANCELLED. While it waits for the lock, it asks every 50 ms.
#ifndef STORE_STORE_H_
#define STORE_STORE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/change_log.h"
#include "store/entry.h"

namespace kv {

/// The result of a Delete.
struct Deletion {
  bool deleted = false;       ///< Whether the key was there.
  std::int64_t revision = 0;  ///< The store's revision after the call.
};

/// A map from keys to values that counts its changes. Thread-safe.
class Store final {
 public:
  /// Says whether the call is over. The store asks before it waits for the
  /// lock, and after each wait. Null means that the call is never over.
  using Over = std::function<bool()>;

  /// Keeps the latest `max_changes`, at least 1, for watchers.
  explicit Store(std::size_t max_changes = 100'000) : changes_(max_changes) {}

  /// Returns a copy of the entry, or NOT_FOUND.
  absl::StatusOr<Entry> Get(const std::string& key,
                            const Over& over = nullptr) const;

  /// Writes an entry and returns the store's new revision. With
  /// `expected_revision` it writes only if the entry is at that revision, 0
  /// meaning that it is absent; otherwise it returns FAILED_PRECONDITION and
  /// changes nothing.
  absl::StatusOr<std::int64_t> Put(
      const std::string& key, const std::string& value,
      std::optional<std::int64_t> expected_revision = std::nullopt,
      const Over& over = nullptr);

  /// Removes an entry. An absent key is no error and keeps the revision.
  absl::StatusOr<Deletion> Delete(const std::string& key,
                                  const Over& over = nullptr);

  /// Writes all `entries` atomically, in key order, and returns the store's new
  /// revision, which is that of the last entry. Each entry is one change.
  absl::StatusOr<std::int64_t> Import(
      std::map<std::string, std::string> entries, const Over& over = nullptr);

  /// Returns the entries whose keys start with `prefix`, in key order (by
  /// bytes), as they are at one moment; at most `limit`, 0 meaning all. The
  /// lock is held only while pointers are copied: entries are shared with you
  /// and never change, because a Put replaces its entry.
  absl::StatusOr<std::vector<std::shared_ptr<const Entry>>> List(
      const std::string& prefix, std::size_t limit,
      const Over& over = nullptr) const;

  /// Follows the changes under a prefix, as ChangeLog::Watch() does. The store
  /// must outlive the watcher.
  absl::StatusOr<Watcher> Watch(const std::string& prefix,
                                std::optional<std::int64_t> after) const;

  /// Ends all watchers with UNAVAILABLE, including future ones.
  void EndWatches();

 private:
  friend class StoreLock;  // holds the lock in a test
  absl::StatusOr<std::unique_lock<std::timed_mutex>> Lock(
      const Over& over) const;
  std::deque<Change> Record(bool deleted, std::shared_ptr<const Entry> entry);

  mutable std::timed_mutex mutex_;  // guards the members below
  std::map<std::string, std::shared_ptr<const Entry>> entries_;
  std::int64_t revision_ = 0;
  ChangeLog changes_;  // has its own lock; appended to under mutex_
};

}  // namespace kv

#endif  // STORE_STORE_H_
