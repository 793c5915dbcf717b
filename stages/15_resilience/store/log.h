// Where a store keeps its changes, so that they outlive the process. The store
// answers reads from memory. It asks the log for what it holds, and then adds
// to it. Other servers may add to it, too: then the log is *shared*, and all
// its servers are one store.
#ifndef STORE_LOG_H_
#define STORE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/entry.h"

namespace kv {

/// How much there is to append.
struct Amount {
  std::size_t changes = 0;  ///< How many.
  std::size_t bytes = 0;    ///< Of keys and values.
};

// [log]
/// One thread at a time calls Load() and Append(). If the log is shared, all
/// functions are thread-safe.
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

  /// Changes in order, without a gap.
  struct Tail {
    std::vector<Change> changes;  ///< Empty: there are no more.
    bool whole = true;            ///< Whether the log ended there.
  };

  virtual ~DurableLog() = default;

  /// Reads everything. Call it first, and again if ReadAfter() says so. An
  /// error says what is wrong.
  virtual absl::StatusOr<Content> Load() = 0;

  /// Makes the changes durable, all or none, and blocks meanwhile. Their
  /// revisions must continue those of the log. If other servers have appended
  /// since, nothing happens, and the result is what they have appended: decide
  /// again after that. May remove changes up to revision `forget`. An empty
  /// result means that the changes survive a crash. Without changes, it finds
  /// out whether the log can be written. UNAVAILABLE means that they are not
  /// part of the store; but if the process ends soon, or if the reason is
  /// OUTCOME_UNKNOWN, all of them may be part of it later.
  virtual absl::StatusOr<std::vector<Change>> Append(
      const std::vector<Change>& changes, std::int64_t forget) = 0;

  /// How much an Append() can take at most.
  virtual Amount limit() const {
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    return {all, all};
  }

  /// Whether others append, too. Only then the functions below are called.
  virtual bool shared() const { return false; }

  /// Returns changes after `revision`, maybe not all. If they are the whole
  /// tail, then no later change was acknowledged, by any server, before
  /// this call. OUT_OF_RANGE means that they are no longer there: Load() again.
  virtual absl::StatusOr<Tail> ReadAfter(std::int64_t /*revision*/) {
    return Tail{};
  }

  /// Receives what others append, soon after. It must not block for long.
  using Receive = std::function<void(std::vector<Change>)>;

  /// Calls `receive` with changes as they are appended, and blocks until that
  /// breaks or Stop() is called. Begins with no changes: what is appended after
  /// this call is received. In between, some may be missing: their revisions
  /// tell.
  virtual absl::Status Follow(const Receive& /*receive*/) {
    return absl::OkStatus();
  }

  /// Makes functions that block in other threads return soon, and later calls
  /// too.
  virtual void Stop() {}
};
// [log]

}  // namespace kv

#endif  // STORE_LOG_H_
