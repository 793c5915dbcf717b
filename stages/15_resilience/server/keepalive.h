// Finds out that a client is gone although no packet says so: its machine lost
// its power, or a router forgot the connection.
#ifndef SERVER_KEEPALIVE_H_
#define SERVER_KEEPALIVE_H_

#include <grpcpp/server_builder.h>

#include "server/options.h"

namespace kv {

/// Pings each connection that was silent for --keepalive_time, and closes it if
/// no answer comes within --keepalive_timeout. Its calls end. Also lets clients
/// ping as often as every 10 s; with gRPC's default, 5 minutes, it would close
/// the connection of a client that does (too_many_pings).
void KeepAlive(grpc::ServerBuilder& builder, const ServerOptions& options);

}  // namespace kv

#endif  // SERVER_KEEPALIVE_H_
