// Turns SIGINT and SIGTERM into something that main() can wait for.
//
//   kv::StopSignal stop;   // before anything that starts a thread
//   ...                    // start the server
//   stop.Wait();
//   server->Shutdown(deadline);
//
// A signal handler must not call Shutdown(): Shutdown() takes locks, which no
// signal handler may do, and gRPC aborts the process (grpc/grpc#24884).
#ifndef BASE_STOP_SIGNAL_H_
#define BASE_STOP_SIGNAL_H_

#include <csignal>
#include <initializer_list>

#include "absl/time/time.h"

namespace kv {

/// Waits for SIGINT (Ctrl-C), SIGTERM (kill) and others. Use one per process.
class StopSignal final {
 public:
  /// Blocks the two signals and `others` in this thread and in every thread
  /// that it starts later. Call it first: in an older thread, a signal still
  /// ends the process.
  StopSignal(std::initializer_list<int> others = {});

  /// Waits for a signal and returns it, also if it arrived before the call.
  int Wait() const;

  /// As Wait(), but gives up after `time` and returns 0.
  int WaitFor(absl::Duration time) const;

 private:
  sigset_t signals_;
};

}  // namespace kv

#endif  // BASE_STOP_SIGNAL_H_
