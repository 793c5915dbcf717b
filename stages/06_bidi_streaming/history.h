// The latest changes, kept for those who watch. It knows nothing of gRPC.
//
//   kv::History history;
//   absl::StatusOr<kv::Watcher> watcher = history.Watch("city/", 0);
//   absl::StatusOr<std::vector<kv::Change>> changes = watcher->Next(deadline);
//
// A watcher is a position in the history and no queue. However slow it is, it
// holds nobody up and costs no memory; when it goes there is nothing to take
// back. In return it can fall behind what is kept, and is told so.
#ifndef STAGE_HISTORY_H_
#define STAGE_HISTORY_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "entry.h"

namespace kv {

/// What happened to one entry.
struct Change {
  bool deleted = false;  ///< Whether it was removed, not written.
  /// The entry after the change; of a removed one the key and the revision of
  /// the removal. Shared with the store, never null.
  std::shared_ptr<const Entry> entry;
};

class Watcher;

/// The latest changes in revision order, without a gap. Thread-safe.
class History final {
 public:
  using Clock = std::chrono::steady_clock;  ///< What waits are measured by.

  /// How many bytes of keys and values are kept. The oldest changes go first.
  static constexpr std::size_t kMaxBytes = 64 << 20;

  /// @param max_changes how many changes are kept, at least 1.
  explicit History(std::size_t max_changes) : max_changes_(max_changes) {}

  /// Adds changes; a watcher sees all of them or none.
  /// @param changes each one revision after the one before; the first follows
  ///     the last that was appended, or is revision 1.
  /// @return the changes that are no longer kept. Free them without holding a
  ///     lock: they can be all that was kept, 64 MiB.
  std::deque<Change> Append(std::vector<Change> changes);

  /// Follows the changes under a prefix.
  /// @param prefix what their keys start with; empty: all.
  /// @param after the revision after which it begins; 0: from now on.
  /// @return a watcher, which the history must outlive, or OUT_OF_RANGE: the
  ///     changes after that revision are no longer kept, or it has not been
  ///     reached.
  absl::StatusOr<Watcher> Watch(const std::string& prefix,
                                std::int64_t after) const;

  /// Ends every Watcher, those that wait and those to come, with UNAVAILABLE.
  void Close();

 private:
  friend class Watcher;
  absl::StatusOr<std::vector<Change>> After(std::int64_t revision,
                                            Clock::time_point until) const;
  absl::Status Check(std::int64_t revision) const;

  const std::size_t max_changes_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable news_;
  std::deque<Change> changes_;
  std::size_t bytes_ = 0;      // of the changes' keys and values
  std::int64_t revision_ = 0;  // of the last change
  bool closed_ = false;
};

/// Follows the changes under a prefix: each once, in revision order. To be used
/// by one thread at a time.
class Watcher final {
 public:
  /// Waits until there are changes or the time has come.
  /// @param until when to give up waiting.
  /// @return the next changes, not always all there are; none when the time has
  ///     come; OUT_OF_RANGE when some were lost because the watcher fell
  ///     behind; UNAVAILABLE when the history is closed.
  absl::StatusOr<std::vector<Change>> Next(History::Clock::time_point until);

  /// @return the revision after which the next changes come.
  std::int64_t revision() const { return revision_; }

 private:
  friend class History;
  Watcher(const History& history, std::string prefix, std::int64_t revision)
      : history_(&history), prefix_(std::move(prefix)), revision_(revision) {}

  const History* history_;
  std::string prefix_;
  std::int64_t revision_;
};

}  // namespace kv

#endif  // STAGE_HISTORY_H_
