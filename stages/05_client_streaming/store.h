// The entries and their revisions, in memory, and their latest changes. It
// knows nothing of gRPC.
//
//   kv::Store store;
//   absl::StatusOr<std::int64_t> revision = store.Put("city", "Berlin");
//   absl::StatusOr<kv::Entry> entry = store.Get("city");
//
// Every change moves the store's revision up by one. All functions may be
// called from any thread; each takes effect at one moment between its call and
// its return (the store is linearizable).
#ifndef STAGE_STORE_H_
#define STAGE_STORE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "entry.h"
#include "history.h"

namespace kv {

/// What became of a Delete.
struct Deletion {
  bool deleted = false;       ///< Whether the key was there.
  std::int64_t revision = 0;  ///< The store's revision after the call.
};

/// A map from keys to values that counts its changes. Thread-safe.
class Store final {
 public:
  /// @param history how many changes are kept for watchers, at least 1.
  explicit Store(std::size_t history = 100'000) : history_(history) {}

  /// Reads one entry.
  /// @param key the key to look up.
  /// @return a copy of the entry, or NOT_FOUND.
  absl::StatusOr<Entry> Get(const std::string& key) const;

  /// Writes one entry, always or on a condition.
  /// @param key the key to write.
  /// @param value its new value.
  /// @param expected_revision the revision that the entry must have, 0 for an
  ///     absent one; nullopt writes always.
  /// @return the store's new revision, or FAILED_PRECONDITION: nothing is
  ///     written then.
  absl::StatusOr<std::int64_t> Put(
      const std::string& key, const std::string& value,
      std::optional<std::int64_t> expected_revision = std::nullopt);

  /// Removes one entry. An absent key is no error and moves no revision.
  /// @param key the key to remove.
  /// @return whether it was there, and the store's revision.
  Deletion Delete(const std::string& key);

  /// Writes many entries at once, in key order: no other change comes in
  /// between, and no reader sees only some of them.
  /// @param entries keys and values.
  /// @return the store's revision, that of the last entry.
  std::int64_t Import(std::map<std::string, std::string> entries);

  /// Reads all entries under a prefix as they stand at one moment. The store is
  /// locked while they are found, not while they are used: they are shared with
  /// it and never change.
  /// @param prefix what the keys start with; empty: all.
  /// @param limit at most so many; 0: no limit.
  /// @return the entries in key order, by bytes.
  std::vector<std::shared_ptr<const Entry>> List(const std::string& prefix,
                                                 std::size_t limit) const;

  /// Follows the changes under a prefix, as History::Watch().
  /// @param prefix what the keys start with; empty: all.
  /// @param after the revision after which to begin; 0: from now on.
  /// @return a watcher, which the store must outlive, or OUT_OF_RANGE.
  absl::StatusOr<Watcher> Watch(const std::string& prefix,
                                std::int64_t after) const;

  /// Ends all watchers, those to come as well, with UNAVAILABLE. Everything
  /// else goes on.
  void EndWatches();

 private:
  std::deque<Change> Record(bool deleted, std::shared_ptr<const Entry> entry);

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<const Entry>> entries_;
  std::int64_t revision_ = 0;
  History history_;  // has a lock of its own; appended to under mutex_
};

}  // namespace kv

#endif  // STAGE_STORE_H_
