// Closes what gRPC leaves open to every caller who can reach the port, with or
// without a token. What it can't close is in docs/attacks.md.
#ifndef SERVER_ABUSE_LIMIT_H_
#define SERVER_ABUSE_LIMIT_H_

#include <grpcpp/server_builder.h>

namespace kv {

/// Makes the server reject compressed messages with UNIMPLEMENTED, and raises
/// this process's limit of open files as far as the system allows. Call it
/// before BuildAndStart().
void LimitAbuse(grpc::ServerBuilder& builder);

}  // namespace kv

#endif  // SERVER_ABUSE_LIMIT_H_
