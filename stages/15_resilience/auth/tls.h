// TLS: the client verifies the server, and nobody can read what they send.
#ifndef AUTH_TLS_H_
#define AUTH_TLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// Keeps OpenSSL from freeing its objects at exit. gRPC's threads may still use
/// them to close TLS connections after main() has returned, which crashes about
/// one run in several thousand. Call it first in main().
void SkipTlsCleanup();

/// Returns credentials for a client from a PEM file with the certificate of the
/// CA that it trusts, and from `cert` and `key` with its own certificate and
/// private key; both are empty if it has none. An error names a file that can't
/// be read or has no certificate. If the certificate is not a CA's, the first
/// call fails.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(
    const std::string& ca, const std::string& cert, const std::string& key);

}  // namespace kv

#endif  // AUTH_TLS_H_
