#include "server/stop.h"

#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace kv {

// [wait]
void WaitUntilStopped(const StopSignal& stop,
                      const std::function<void()>& reload,
                      const std::function<void()>& every_second) {
  for (;;) {
    const int signal = stop.WaitFor(absl::Seconds(1));
    if (signal == 0) {
      every_second();
    } else if (signal == SIGHUP) {
      reload();
    } else {
      return;
    }
  }
}

void WaitForBalancers(const StopSignal& stop, absl::Duration drain, Log& log) {
  if (drain > absl::ZeroDuration()) {
    log.Write(absl::StrCat("server: NOT_SERVING, and stops in ",
                           absl::FormatDuration(drain), " or at a signal"));
  }
  const absl::Time until = absl::Now() + drain;
  for (;;) {
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    const int signal = stop.WaitFor(left);
    if (signal == SIGINT || signal == SIGTERM) return;
  }
}
// [wait]

}  // namespace kv
