// Looks whether a Unix socket is in use, before gRPC takes its path.
//
//   if (kv::SocketInUse("unix:/run/kv.socket")) ...
//
// gRPC removes a socket that is at the path it is to listen on, so that one
// which a dead server has left is not in its way. But it removes that of a
// running server as well: that one runs on, and no client finds it any more.
#ifndef STAGE_UNIX_SOCKET_H_
#define STAGE_UNIX_SOCKET_H_

#include <string>

namespace kv {

/// @param listen where a server is to listen, as gRPC takes it.
/// @return whether that is a Unix socket and somebody listens on it now.
bool SocketInUse(const std::string& listen);

}  // namespace kv

#endif  // STAGE_UNIX_SOCKET_H_
