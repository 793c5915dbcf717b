// The life of a server between READY and its end.
#ifndef SERVER_STOP_H_
#define SERVER_STOP_H_

#include <functional>

#include "absl/time/time.h"
#include "base/log.h"
#include "base/stop_signal.h"

namespace kv {

/// Returns when the process gets SIGINT or SIGTERM. Calls `reload` at SIGHUP,
/// and `every_second` about every second.
void WaitUntilStopped(const StopSignal& stop,
                      const std::function<void()>& reload,
                      const std::function<void()>& every_second);

/// Waits so long for load balancers to notice that this server wants no more
/// calls, and logs that. The server serves calls meanwhile. A second SIGINT or
/// SIGTERM ends the wait.
void WaitForBalancers(const StopSignal& stop, absl::Duration drain, Log& log);

}  // namespace kv

#endif  // SERVER_STOP_H_
