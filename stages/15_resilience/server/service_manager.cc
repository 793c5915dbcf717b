#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

#include "absl/strings/string_view.h"

namespace kv {

// [notify]
void TellServiceManager(const std::string& state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr ||
      absl::string_view(path).size() >= sizeof(address.sun_path)) {
    return;
  }
  const std::size_t length =
      absl::string_view(path).copy(address.sun_path, sizeof(address.sun_path));
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // unix(7)
  const int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  sendto(socket_fd, state.data(), state.size(), MSG_DONTWAIT,
         reinterpret_cast<const sockaddr*>(&address), size);
  close(socket_fd);
}
// [notify]

}  // namespace kv
