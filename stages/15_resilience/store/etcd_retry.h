// Asks etcd again while nobody knows what came of a request.
#ifndef STORE_ETCD_RETRY_H_
#define STORE_ETCD_RETRY_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "store/etcd.h"

namespace kv {

/// Attempts, with growing waits between them that are random, so that servers
/// do not ask all at the same time. Thread-safe.
class EtcdRetry final {
 public:
  /// Does not jump.
  using Clock = std::chrono::steady_clock;

  /// One attempt has `one_try`. Then the client asks another member.
  explicit EtcdRetry(Etcd::Milliseconds one_try) : one_try_(one_try) {}

  /// Whether etcd answered last time. If not, the next Run() makes a single
  /// attempt: nobody should wait long for what will probably fail.
  bool answers() const { return answers_; }
  void Expect() { answers_ = true; }  ///< Makes answers() true.

  // [run]
  /// Calls `attempt`, which returns a StatusOr, with the time that it may take,
  /// until that succeeds, or fails and the outcome is known, or `patience` is
  /// over. In the last case it returns the first failure: after a few attempts
  /// to connect, gRPC 1.51 no longer says why they fail.
  template <class Attempt>
  auto Run(Etcd::Milliseconds patience, const Attempt& attempt) {
    const Clock::time_point until = Clock::now() + patience;
    std::optional<decltype(attempt(patience))> first;
    for (int count = 1;; ++count) {
      const auto left =
          std::chrono::duration_cast<Etcd::Milliseconds>(until - Clock::now());
      auto result = attempt(std::min(one_try_, left));
      if (result.ok() || !OutcomeUnknown(result.status())) {
        answers_ = true;
        return result;
      }
      if (!first.has_value()) first = std::move(result);
      if (!answers_ || !Wait(until, count)) {
        answers_ = false;
        return *std::move(first);
      }
    }
  }
  // [run]

  /// Ends waits, now and from now on.
  void Stop();

 private:
  bool Wait(Clock::time_point until, int attempt);

  const Etcd::Milliseconds one_try_;
  std::atomic<bool> answers_ = true;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  bool stopped_ = false;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace kv

#endif  // STORE_ETCD_RETRY_H_
