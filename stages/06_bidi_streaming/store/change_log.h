// The latest changes, kept for watchers. It knows nothing of gRPC.
//
//   kv::ChangeLog log(100'000);
//   absl::StatusOr<kv::Watcher> watcher = log.Watch("city/", std::nullopt);
//   absl::StatusOr<std::vector<kv::Change>> changes = watcher->Next(deadline);
//
// A watcher is a position in the log and not a queue. However slow it is, it
// blocks nobody and costs no memory, and when it goes away there is nothing to
// clean up. In return it can fall behind the changes that are kept; it then
// gets an error.
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
  bool deleted = false;  ///< Whether it was removed rather than written.
  /// The entry after the change; for a removed one, the key and the revision of
  /// the removal. Shared with the store, never null.
  std::shared_ptr<const Entry> entry;
};

class Watcher;

/// The latest changes in revision order, without a gap. Thread-safe.
class ChangeLog final {
 public:
  using Clock = std::chrono::steady_clock;  ///< For the times of Next().

  /// How many bytes of keys and values are kept. The oldest changes go first.
  static constexpr std::size_t kMaxBytes = 64 << 20;

  /// Keeps at most `max_changes`, at least 1.
  explicit ChangeLog(std::size_t max_changes) : max_changes_(max_changes) {}

  /// Adds changes; a watcher sees all of them or none. The first has the
  /// revision after the last change in the log, or revision 1; each further one
  /// has the revision after the one before. Returns the changes that are no
  /// longer kept. Free them without holding a lock: they can hold 64 MiB.
  std::deque<Change> Append(std::vector<Change> changes);

  /// Follows the changes to keys that start with `prefix`: those after revision
  /// `after` first, or only new ones if it is unset. The log must outlive the
  /// watcher. Returns OUT_OF_RANGE if the changes after that revision are no
  /// longer kept, or the revision has not been reached.
  absl::StatusOr<Watcher> Watch(const std::string& prefix,
                                std::optional<std::int64_t> after) const;

  /// Ends every Watcher with UNAVAILABLE, also those that wait or come later.
  void Close();

 private:
  friend class Watcher;
  absl::StatusOr<std::vector<Change>> ReadAfter(std::int64_t revision,
                                                Clock::time_point until) const;
  absl::Status CheckKept(std::int64_t revision) const;

  const std::size_t max_changes_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable appended_;
  std::deque<Change> changes_;
  std::size_t bytes_ = 0;      // of the changes' keys and values
  std::int64_t revision_ = 0;  // of the last change
  bool closed_ = false;
};

/// Follows the changes under a prefix: each once, in revision order. Used by
/// one thread at a time.
class Watcher final {
 public:
  /// Waits for changes, at most until `until`, and returns the next ones: not
  /// always all there are, and none when the time is over. Returns OUT_OF_RANGE
  /// if the watcher fell behind and lost changes, and UNAVAILABLE if the log is
  /// closed.
  absl::StatusOr<std::vector<Change>> Next(ChangeLog::Clock::time_point until);

  /// The next changes are those after this revision.
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
