// The server's credentials, which decide what connections it accepts.
#ifndef SERVER_CREDENTIALS_H_
#define SERVER_CREDENTIALS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "auth/tokens.h"
#include "base/log.h"
#include "server/options.h"

namespace kv {

/// Returns credentials for AddListeningPort(): TLS with --tls_cert, otherwise
/// plaintext. With a token file they check tokens at the port. `tokens` and
/// `log` must outlive the server. An error names the file that can't be used.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(
    const ServerOptions& options, const Tokens& tokens, Log& log);

}  // namespace kv

#endif  // SERVER_CREDENTIALS_H_
