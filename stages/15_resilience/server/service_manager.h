// Tells systemd what the server does. See sd_notify(3).
#ifndef SERVER_SERVICE_MANAGER_H_
#define SERVER_SERVICE_MANAGER_H_

#include <string>

namespace kv {

/// Sends a state such as `READY=1` to the service manager that started the
/// process with Type=notify. Without one it does nothing.
void TellServiceManager(const std::string& state);

}  // namespace kv

#endif  // SERVER_SERVICE_MANAGER_H_
