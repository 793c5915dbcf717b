#include "base/stop_signal.h"

namespace kv {

// [stop]
StopSignal::StopSignal(std::initializer_list<int> others) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  for (const int other : others) sigaddset(&signals_, other);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int StopSignal::Wait() const {
  int signal = 0;
  sigwait(&signals_, &signal);
  return signal;
}
// [stop]

}  // namespace kv
