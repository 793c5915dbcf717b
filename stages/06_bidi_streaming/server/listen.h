// What gRPC does not tell about the address that a server listens on.
#ifndef SERVER_LISTEN_H_
#define SERVER_LISTEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kv {

/// Call it before BuildAndStart(). gRPC removes a Unix socket that it finds at
/// its path. That is right for the one that a dead server has left. But gRPC
/// also removes the one of a running server, which no client finds any more.
/// Returns an error if a server listens on the Unix socket `listen`.
absl::Status CheckUnixSocket(const std::string& listen);

/// Call it after BuildAndStart(), with the port that AddListeningPort() has
/// set; 0 if there is no server. Returns `listen` with port 0 replaced by the
/// bound port, or an error if the server does not listen on what was requested.
absl::StatusOr<std::string> BoundAddress(const std::string& listen, int port);

}  // namespace kv

#endif  // SERVER_LISTEN_H_
