// Checks of the listening address that gRPC does not do.
#ifndef SERVER_LISTEN_H_
#define SERVER_LISTEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kv {

/// Returns an error if another server listens on the Unix socket `listen`. Call
/// it before BuildAndStart(), which deletes the socket that it finds at that
/// path. That is right if a dead server left the socket behind; but clients of
/// a running server could no longer connect to it.
absl::Status CheckUnixSocket(const std::string& listen);

/// Returns `listen` with port 0 replaced by the bound port, or an error if the
/// server listens on another address. Call it after BuildAndStart(), with the
/// port that AddListeningPort() has set, or 0 if there is no server.
absl::StatusOr<std::string> BoundAddress(const std::string& listen, int port);

}  // namespace kv

#endif  // SERVER_LISTEN_H_
