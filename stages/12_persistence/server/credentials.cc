#include "server/credentials.h"

#include "auth/auth_processor.h"
#include "auth/tls.h"

namespace kv {

// [credentials]
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(
    const ServerOptions& options, const Tokens& tokens, Log& log) {
  if (options.tls_cert.empty()) return grpc::InsecureServerCredentials();
  auto credentials = TlsServerCredentials(options.tls_cert, options.tls_key,
                                          options.client_ca);
  // Never do this with insecure credentials: it aborts (grpc/grpc#17942).
  if (credentials.ok() && !options.token_file.empty()) {
    (*credentials)
        ->SetAuthMetadataProcessor(std::make_shared<AuthProcessor>(
            tokens, !options.client_ca.empty(),
            options.log_calls ? &log : nullptr));
  }
  return credentials;
}
// [credentials]

}  // namespace kv
