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

int StopSignal::WaitFor(absl::Duration time) const {
  const timespec timeout = absl::ToTimespec(time);
  const int signal = sigtimedwait(&signals_, nullptr, &timeout);
  return signal < 0 ? 0 : signal;
}
// [stop]

}  // namespace kv
