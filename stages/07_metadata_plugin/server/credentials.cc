#include "server/credentials.h"

#include "auth/tls.h"

namespace kv {

// [credentials]
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(
    const ServerOptions& options) {
  if (options.tls_cert.empty()) return grpc::InsecureServerCredentials();
  return TlsServerCredentials(options.tls_cert, options.tls_key);
}
// [credentials]

}  // namespace kv
