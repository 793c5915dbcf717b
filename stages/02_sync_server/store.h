// The entries and their revisions, in memory. It knows nothing of gRPC.
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
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "entry.h"

namespace kv {

/// What became of a Delete.
struct Deletion {
  bool deleted = false;       ///< Whether the key was there.
  std::int64_t revision = 0;  ///< The store's revision after the call.
};

/// A map from keys to values that counts its changes. Thread-safe.
class Store final {
 public:
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

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Entry> entries_;
  std::int64_t revision_ = 0;
};

}  // namespace kv

#endif  // STAGE_STORE_H_
