// Turns SIGINT and SIGTERM into something that main() can wait for.
//
//   kv::StopSignal stop;   // before anything that starts a thread
//   ...                    // start the server
//   stop.Wait();
//   server->Shutdown(deadline);
//
// Not so: a signal handler that calls Shutdown(). It takes locks, which no
// handler may do, and gRPC aborts the process (grpc/grpc#24884).
#ifndef STAGE_STOP_SIGNAL_H_
#define STAGE_STOP_SIGNAL_H_

#include <csignal>
#include <initializer_list>

namespace kv {

/// Waits for SIGINT (Ctrl-C), SIGTERM (kill), and others. At most one a
/// process.
class StopSignal final {
 public:
  /// Blocks the signals in this thread and in every thread it starts later. A
  /// thread that is already there would still be killed by them.
  /// @param others signals to wait for besides the two.
  StopSignal(std::initializer_list<int> others = {});

  /// Returns once one of the signals came, also if it came before the call.
  /// @return that signal.
  int Wait() const;

 private:
  sigset_t signals_;
};

}  // namespace kv

#endif  // STAGE_STOP_SIGNAL_H_
