// Where a store keeps its changes, so that they outlive the process. The store
// answers reads from memory. It asks the log only once for what it holds, and
// then adds to it.
#ifndef STORE_LOG_H_
#define STORE_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/entry.h"

namespace kv {

// [log]
/// Not thread-safe: one thread at a time calls it.
class DurableLog {
 public:
  /// What a log holds.
  struct Content {
    std::string store_id;       ///< Names the store; no two have the same.
    std::int64_t revision = 0;  ///< Of the last change.
    Entries entries;            ///< As they are at that revision.
    /// The latest changes, without a gap, up to that revision.
    std::vector<Change> changes;
  };

  virtual ~DurableLog() = default;

  /// Reads everything. Call it first, and once. An error says what is wrong.
  virtual absl::StatusOr<Content> Load() = 0;

  /// Makes the changes durable, all or none, and blocks meanwhile. Their
  /// revisions must continue those of the log. Removes those up to revision
  /// `forget`, which Load() need not return any more. OK means that the changes
  /// survive a crash. Without changes, it finds out whether the log can be
  /// written. UNAVAILABLE means that they are not part of the store;
  /// but if the process ends soon, all of them may be there after the next
  /// Load().
  virtual absl::Status Append(const std::vector<Change>& changes,
                              std::int64_t forget) = 0;
};
// [log]

}  // namespace kv

#endif  // STORE_LOG_H_
