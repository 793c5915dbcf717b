// The latest changes, kept for watchers. It knows nothing of gRPC.
//
//   kv::ChangeLog log(100'000);
//   auto watcher = log.Watch("city/", std::nullopt);
//   absl::StatusOr<std::vector<kv::Change>> changes = (*watcher)->Next();
//   if (changes->empty()) (*watcher)->Wait([] { /* call Next() again */ });
//
// A watcher is a position in the log and a wake-up, not a queue and not a
// thread. A slow watcher blocks nobody, and the log keeps nothing for it. In
// return, a watcher gets an error if it needs a change that is no longer kept.
#ifndef STORE_CHANGE_LOG_H_
#define STORE_CHANGE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "store/entry.h"
#include "store/wait_list.h"

namespace kv {

class Watcher;

/// The latest changes in revision order, without a gap. Thread-safe.
class ChangeLog final {
 public:
  /// Keys and values of kept changes, in bytes. The oldest are dropped first.
  static constexpr std::size_t kMaxBytes = 64 << 20;

  /// Keeps at most `max_changes`, at least 1. The first one has the revision
  /// after `revision`.
  explicit ChangeLog(std::size_t max_changes, std::int64_t revision = 0)
      : max_changes_(max_changes), revision_(revision) {}

  /// Adds changes atomically. Their revisions must continue those of the log
  /// without a gap. Does not wait for watchers, whatever their number. Returns
  /// the changes that are no longer kept. Free them without holding a lock:
  /// they can hold 64 MiB.
  std::deque<Change> Append(std::vector<Change> changes);

  /// Starts again with these changes, whose last one has `revision`. There may
  /// be a gap before them. Returns what Append() does.
  std::deque<Change> Restart(std::vector<Change> changes,
                             std::int64_t revision);

  /// Follows the changes to keys that start with `prefix`, beginning after
  /// revision `after`, or with the next change if it is unset. The log must
  /// outlive the watcher. Returns OUT_OF_RANGE if changes after `after` are no
  /// longer kept, or if `after` is ahead of the log.
  absl::StatusOr<std::unique_ptr<Watcher>> Watch(
      const std::string& prefix, std::optional<std::int64_t> after) const;

  /// Ends every Watcher with UNAVAILABLE, including future ones, and wakes
  /// those that wait.
  void Close();

  /// Changes up to this revision are not kept, and all later ones are.
  std::int64_t kept_after() const;

 private:
  friend class Watcher;
  absl::StatusOr<std::vector<Change>> ReadAfter(std::int64_t revision) const;
  bool Wait(Watcher& watcher) const;
  absl::Status CheckKept(std::int64_t revision) const;
  std::deque<Change> Add(std::vector<Change> changes);

  const std::size_t max_changes_;
  mutable std::mutex mutex_;  // guards the members below
  std::deque<Change> changes_;
  std::size_t bytes_ = 0;  // of the changes' keys and values
  std::int64_t revision_;  // of the last change
  bool closed_ = false;
  mutable WaitList waiting_;  // has its own lock; used under mutex_
};

/// Follows the changes under a prefix: each exactly once, in revision order.
/// Not thread-safe, except for Stop(). Must not be destroyed while it waits.
class Watcher final : private WaitList::Waiter {
 public:
  /// Returns the next changes, but not always all that there are, or none if
  /// there are none yet. Returns OUT_OF_RANGE if the watcher fell behind and
  /// missed changes, UNAVAILABLE if the log is closed, CANCELLED after Stop().
  absl::StatusOr<std::vector<Change>> Next();

  /// Calls `wake` once from another thread, as soon as Next() has something to
  /// return. `wake` must not block. Until then, call nothing but Stop().
  /// Returns false without waiting if Next() may already have something.
  bool Wait(std::function<void()> wake);

  /// Ends the wait, if there is one, and makes Next() return CANCELLED. Returns
  /// whether the watcher was waiting: then `wake` is not called, and you must
  /// continue instead. Otherwise `wake` has been called or soon will be, or
  /// there was no wait.
  bool Stop();

  /// Next() continues after this revision.
  std::int64_t revision() const { return revision_; }

 private:
  friend class ChangeLog;
  Watcher(const ChangeLog& log, std::string prefix, std::int64_t revision)
      : log_(log), prefix_(std::move(prefix)), revision_(revision) {}
  void Wake(std::int64_t revision) override;

  const ChangeLog& log_;
  const std::string prefix_;
  std::int64_t revision_;
  std::function<void()> wake_;
};

}  // namespace kv

#endif  // STORE_CHANGE_LOG_H_
