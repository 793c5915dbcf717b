// The latest changes, kept for watchers. It knows nothing of gRPC.
//
//   kv::ChangeLog log(100'000);
//   absl::StatusOr<kv::Watcher> watcher = log.Watch("city/", std::nullopt);
//   absl::StatusOr<std::vector<kv::Change>> changes = watcher->Next(deadline);
//
// A watcher is a position in the log, not a queue. A slow watcher blocks nobody
// and needs no memory, and nothing has to be cleaned up when it is destroyed.
// In return, a watcher gets an error if it needs a change that is no longer
// kept.
#ifndef STORE_CHANGE_LOG_H_
#define STORE_CHANGE_LOG_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/entry.h"

namespace kv {

/// One change of one entry.
struct Change {
  bool deleted = false;  ///< Whether the entry was removed.
  /// The entry after the change; if it was removed, its key and the revision of
  /// the removal. Shared with the store, never null.
  std::shared_ptr<const Entry> entry;
};

class Watcher;

/// The latest changes in revision order, without a gap. Thread-safe.
class ChangeLog final {
 public:
  using Clock = std::chrono::steady_clock;  ///< For Next()'s deadline.

  /// Keys and values of kept changes, in bytes. The oldest are dropped first.
  static constexpr std::size_t kMaxBytes = 64 << 20;

  /// Keeps at most `max_changes`, at least 1.
  explicit ChangeLog(std::size_t max_changes) : max_changes_(max_changes) {}

  /// Adds changes atomically. Their revisions must continue those of the log
  /// without a gap; the first change of an empty log has revision 1. Returns
  /// the changes that are no longer kept. Free them without holding a lock:
  /// they can hold 64 MiB.
  std::deque<Change> Append(std::vector<Change> changes);

  /// Follows the changes to keys that start with `prefix`, beginning after
  /// revision `after`, or with the next change if it is unset. The log must
  /// outlive the watcher. Returns OUT_OF_RANGE if changes after `after` are no
  /// longer kept, or if `after` is ahead of the log.
  absl::StatusOr<Watcher> Watch(const std::string& prefix,
                                std::optional<std::int64_t> after) const;

  /// Ends every Watcher with UNAVAILABLE, including waiting and future ones.
  void Close();

 private:
  friend class Watcher;
  absl::StatusOr<std::vector<Change>> ReadAfter(std::int64_t revision,
                                                Clock::time_point until) const;
  absl::Status CheckKept(std::int64_t revision) const;

  const std::size_t max_changes_;
  mutable std::mutex mutex_;  // guards the members below
  mutable std::condition_variable appended_;
  std::deque<Change> changes_;
  std::size_t bytes_ = 0;      // of the changes' keys and values
  std::int64_t revision_ = 0;  // of the last change
  bool closed_ = false;
};

/// Follows the changes under a prefix: each exactly once, in revision order.
/// Not thread-safe.
class Watcher final {
 public:
  /// Waits for changes until `until` and returns the next ones, but not always
  /// all that there are, or none if the time is up. Returns OUT_OF_RANGE if the
  /// watcher fell behind and missed changes, and UNAVAILABLE if the log is
  /// closed.
  absl::StatusOr<std::vector<Change>> Next(ChangeLog::Clock::time_point until);

  /// Next() continues after this revision.
  std::int64_t revision() const { return revision_; }

 private:
  friend class ChangeLog;
  Watcher(const ChangeLog& log, std::string prefix, std::int64_t revision)
      : log_(&log), prefix_(std::move(prefix)), revision_(revision) {}

  const ChangeLog* log_;
  std::string prefix_;
  std::int64_t revision_;
};

}  // namespace kv

#endif  // STORE_CHANGE_LOG_H_
