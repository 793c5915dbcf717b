// TLS: the client sees that it talks to the right server, and nobody else can
// read what they say.
#ifndef STAGE_TLS_H_
#define STAGE_TLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// To be called first in main(). gRPC's threads may still put TLS away when
/// main() has returned, and at exit OpenSSL would free the same things: seen as
/// a crash in one of some thousand runs.
void SkipTlsCleanup();

/// How a server proves who it is.
/// @param cert a PEM file with its certificate, and those between it and the
///     authority, if any.
/// @param key a PEM file with the certificate's private key.
/// @param client_ca a PEM file with the authority whose certificate each client
///     must have to connect at all; empty: none is asked for.
/// @return its credentials, or an error that names the file that can't be read,
///     or is of no use, and says how.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(
    const std::string& cert, const std::string& key,
    const std::string& client_ca);

/// Whom a client trusts, and how it proves who it is.
/// @param ca a PEM file with the certificate of the authority that has signed
///     the server's. Whether it is of use is seen by the first call.
/// @param cert a PEM file with the client's own certificate; empty: none.
/// @param key a PEM file with that certificate's private key; empty: none.
/// @return its credentials, or an error that names the file: it can't be read,
///     or has no certificate.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(
    const std::string& ca, const std::string& cert, const std::string& key);

}  // namespace kv

#endif  // STAGE_TLS_H_
