// The interceptors, in the order in which they see a call.
#ifndef SERVER_INTERCEPTORS_H_
#define SERVER_INTERCEPTORS_H_

#include <grpcpp/grpcpp.h>

#include "auth/tokens.h"
#include "base/log.h"
#include "server/options.h"

namespace kv {

/// Adds the interceptors. `tokens` and `log` must outlive the server.
void AddInterceptors(grpc::ServerBuilder& builder, const ServerOptions& options,
                     const Tokens& tokens, Log& log);

/// Reads the token file again, if there is one, and logs the result.
void ReloadTokens(const ServerOptions& options, Tokens& tokens, Log& log);

}  // namespace kv

#endif  // SERVER_INTERCEPTORS_H_
