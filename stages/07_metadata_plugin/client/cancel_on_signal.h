// Cancels the call at Ctrl-C. The call then ends with a status like any other.
#ifndef CLIENT_CANCEL_ON_SIGNAL_H_
#define CLIENT_CANCEL_ON_SIGNAL_H_

#include <grpcpp/client_context.h>
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "base/stop_signal.h"

namespace kv {

// [cancel]
/// While it exists, a signal cancels the call.
class CancelOnSignal final {
 public:
  /// `stop` and `context` must outlive it.
  CancelOnSignal(const StopSignal& stop, grpc::ClientContext& context)
      : waiting_([this, &stop, &context] {
          stop.Wait();
          cancelled_ = true;
          context.TryCancel();  // from any thread, at any time
        }) {}
  CancelOnSignal(const CancelOnSignal&) = delete;
  CancelOnSignal& operator=(const CancelOnSignal&) = delete;
  ~CancelOnSignal() {
    pthread_kill(waiting_.native_handle(), SIGINT);  // ends the wait
    waiting_.join();
  }

  /// Whether a signal has arrived.
  const std::atomic<bool>& cancelled() const { return cancelled_; }

 private:
  std::atomic<bool> cancelled_ = false;
  std::thread waiting_;  // last: it uses cancelled_
};
// [cancel]

}  // namespace kv

#endif  // CLIENT_CANCEL_ON_SIGNAL_H_
