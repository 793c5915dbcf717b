// Makes reads wait until this server knows everything that any server has
// acknowledged before them. While one question is on its way to the log, the
// next reads gather. So many reads share a question, as many writes share a
// commit.
#ifndef STORE_READ_BARRIER_H_
#define STORE_READ_BARRIER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace kv {

/// A thread that asks, again and again, if somebody waits. Thread-safe.
class ReadBarrier final {
 public:
  /// Called when the store is current, or with the reason why that can't be
  /// known. It must not block.
  using Then = std::function<void(const absl::Status&)>;

  /// The thread calls `ask`, which blocks, and returns OK when the store has
  /// all that was in the log when it was called.
  explicit ReadBarrier(std::function<absl::Status()> ask);
  ReadBarrier(const ReadBarrier&) = delete;
  ReadBarrier& operator=(const ReadBarrier&) = delete;
  /// Waits until nobody waits any more.
  ~ReadBarrier();

  /// Returns immediately. Calls `then` from the thread, after a question that
  /// begins after this call: an earlier one may be answered already.
  void Wait(Then then);

 private:
  void Run();

  const std::function<absl::Status()> ask_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Then> waiting_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace kv

#endif  // STORE_READ_BARRIER_H_
