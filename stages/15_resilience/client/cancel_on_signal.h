// Cancels the call at Ctrl-C. The call then ends with a status like any other.
#ifndef CLIENT_CANCEL_ON_SIGNAL_H_
#define CLIENT_CANCEL_ON_SIGNAL_H_

#include <grpcpp/client_context.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/stop_signal.h"

namespace kv {

// [cancel]
/// While it exists, a signal cancels the call that was last passed to Guard().
class CancelOnSignal final {
 public:
  /// `stop` and the calls' contexts must outlive it.
  explicit CancelOnSignal(const StopSignal& stop)
      : waiting_([this, &stop] {
          stop.Wait();
          const std::lock_guard lock(mutex_);
          cancelled_ = true;
          if (context_ != nullptr) context_->TryCancel();
          signalled_.notify_all();
        }) {}
  CancelOnSignal(const CancelOnSignal&) = delete;
  CancelOnSignal& operator=(const CancelOnSignal&) = delete;
  ~CancelOnSignal() {
    pthread_kill(waiting_.native_handle(), SIGINT);  // ends the wait
    waiting_.join();
  }

  /// From now on, a signal cancels this call, and no longer the previous one.
  /// If one has already arrived, cancels the call immediately.
  void Guard(grpc::ClientContext& context) {
    const std::lock_guard lock(mutex_);
    context_ = &context;
    if (cancelled_) context.TryCancel();  // from any thread, at any time
  }

  /// Waits. Returns false if a signal has arrived.
  bool WaitFor(std::chrono::nanoseconds time) {
    std::unique_lock lock(mutex_);
    return !signalled_.wait_for(lock, time,
                                [this] { return bool{cancelled_}; });
  }

  /// Whether a signal has arrived.
  const std::atomic<bool>& cancelled() const { return cancelled_; }

 private:
  std::mutex mutex_;  // guards the members below
  std::condition_variable signalled_;
  grpc::ClientContext* context_ = nullptr;
  std::atomic<bool> cancelled_ = false;
  std::thread waiting_;  // last: it uses the others
};
// [cancel]

}  // namespace kv

#endif  // CLIENT_CANCEL_ON_SIGNAL_H_
