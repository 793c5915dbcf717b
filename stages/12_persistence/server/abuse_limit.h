// Limits what an unauthenticated caller who can reach the port can do to the
// server. docs/attacks.md lists the attacks that remain possible.
#ifndef SERVER_ABUSE_LIMIT_H_
#define SERVER_ABUSE_LIMIT_H_

#include <grpcpp/server_builder.h>

namespace kv {

/// Makes the server reject compressed messages with UNIMPLEMENTED, limits
/// partially received messages to 256 MiB in total, and raises the process's
/// limit of open files to the hard limit. Call it before BuildAndStart().
void LimitAbuse(grpc::ServerBuilder& builder);

}  // namespace kv

#endif  // SERVER_ABUSE_LIMIT_H_
