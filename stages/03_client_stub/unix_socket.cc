#include "unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace kv {

bool SocketInUse(const std::string& listen) {
  absl::string_view path = listen;
  if (!absl::ConsumePrefix(&path, "unix:")) return false;
  absl::ConsumePrefix(&path, "//");  // unix:///run/kv.socket
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  path.copy(address.sun_path, path.size());

  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int failed =
      connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  // EAGAIN: so many wait to be accepted that there is no room for one more.
  const bool in_use = failed == 0 || errno == EAGAIN;
  close(client);
  return in_use;
}

}  // namespace kv
