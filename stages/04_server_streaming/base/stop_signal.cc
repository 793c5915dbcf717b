#include "base/stop_signal.h"

namespace kv {

// [stop]
StopSignal::StopSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

void StopSignal::Wait() const {
  int signal = 0;
  sigwait(&signals_, &signal);
}
// [stop]

}  // namespace kv
