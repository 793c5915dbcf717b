// Limits what an unauthenticated caller who can reach the port can do to the
// server. docs/attacks.md lists the attacks that remain possible.
#ifndef SERVER_ABUSE_LIMIT_H_
#define SERVER_ABUSE_LIMIT_H_

#include <grpcpp/server_builder.h>

namespace kv {

/// Makes the server reject compressed messages with UNIMPLEMENTED, limits
/// messages to kMaxMessageBytes, partially received ones to 256 MiB in total
/// and calls that need a thread to 16, closes connections without a handshake
/// after 10 s, and raises the process's limit of open files to the hard limit.
/// Call it before BuildAndStart().
void LimitAbuse(grpc::ServerBuilder& builder);

}  // namespace kv

#endif  // SERVER_ABUSE_LIMIT_H_
