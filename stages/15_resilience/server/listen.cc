#include "server/listen.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace kv {
namespace {

// Whether gRPC bound the requested port. It silently accepts "127.0.0.1" and
// "127.0.0.1:99999" and picks another one.
bool BoundToRequestedPort(const std::string& listen, int port) {
  return absl::EndsWith(listen, ":0") ||
         absl::EndsWith(listen, absl::StrCat(":", port)) ||
         absl::StartsWith(listen, "unix:");
}

}  // namespace

absl::Status CheckUnixSocket(const std::string& listen) {
  absl::string_view path = listen;
  if (!absl::ConsumePrefix(&path, "unix:")) return absl::OkStatus();
  absl::ConsumePrefix(&path, "//");  // unix:///run/kv.socket
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return absl::OkStatus();
  path.copy(address.sun_path, path.size());

  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int failed =
      connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  // EAGAIN: a server listens, but its queue of connections is full.
  const bool in_use = failed == 0 || errno == EAGAIN;
  close(client);
  if (!in_use) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat("cannot listen on ", listen, ": in use"));
}

absl::StatusOr<std::string> BoundAddress(const std::string& listen, int port) {
  if (port == 0 || !BoundToRequestedPort(listen, port)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listen,
                     ": in use, or no address of this machine"));
  }
  if (!absl::EndsWith(listen, ":0")) return listen;
  return absl::StrCat(listen.substr(0, listen.size() - 1), port);
}

}  // namespace kv
