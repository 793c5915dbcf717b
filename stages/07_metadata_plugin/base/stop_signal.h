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

namespace kv {

/// Waits for SIGINT (Ctrl-C) or SIGTERM (kill). Use one per process.
class StopSignal final {
 public:
  /// Blocks the signals in this thread and in every thread that it starts
  /// later. Call it first: in an older thread, a signal still ends the process.
  StopSignal();

  /// Returns when a signal arrives, or immediately if one has arrived already.
  void Wait() const;

 private:
  sigset_t signals_;
};

}  // namespace kv

#endif  // BASE_STOP_SIGNAL_H_
