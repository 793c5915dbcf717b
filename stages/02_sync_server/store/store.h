// The entries and their revisions, in memory. It knows nothing of gRPC.
//
//   kv::Store store;
//   absl::StatusOr<std::int64_t> revision = store.Put("city", "Berlin");
//   absl::StatusOr<kv::Entry> entry = store.Get("city");
//
// Every change increases the store's revision by one. All functions may be
// called from any thread, and each takes effect at one moment between its call
// and its return (the store is linearizable).
#ifndef STORE_STORE_H_
#define STORE_STORE_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
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
  /// Returns a copy of the entry, or NOT_FOUND.
  absl::StatusOr<Entry> Get(const std::string& key) const;

  /// Writes an entry and returns the store's new revision. With
  /// `expected_revision` it writes only if the entry is at that revision, 0
  /// meaning that it is absent; otherwise it returns FAILED_PRECONDITION and
  /// changes nothing.
  absl::StatusOr<std::int64_t> Put(
      const std::string& key, const std::string& value,
      std::optional<std::int64_t> expected_revision = std::nullopt);

  /// Removes an entry. An absent key is no error and keeps the revision.
  Deletion Delete(const std::string& key);

 private:
  mutable std::mutex mutex_;  // guards the members below
  std::map<std::string, Entry> entries_;
  std::int64_t revision_ = 0;
};

}  // namespace kv

#endif  // STORE_STORE_H_
