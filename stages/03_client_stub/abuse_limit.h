// Closes what gRPC leaves open to everybody who can reach the port, with or
// without a token.
//
//   grpc::ServerBuilder builder;
//   kv::LimitAbuse(builder);
//
// What this can't close is in "What a stranger can do to your server"
// (docs/attacks.md).
#ifndef STAGE_ABUSE_LIMIT_H_
#define STAGE_ABUSE_LIMIT_H_

#include <grpcpp/server_builder.h>

namespace kv {

/// Makes the server reject compressed messages with UNIMPLEMENTED, and raises
/// this process's limit of open files as far as the system allows.
/// @param builder builds the server; call this before BuildAndStart().
void LimitAbuse(grpc::ServerBuilder& builder);

}  // namespace kv

#endif  // STAGE_ABUSE_LIMIT_H_
