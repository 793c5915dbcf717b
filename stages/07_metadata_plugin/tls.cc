#include "tls.h"

#include <grpcpp/generic/async_generic_service.h>
#include <openssl/crypto.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "file.h"

namespace kv {

void SkipTlsCleanup() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

// [server]
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(
    const std::string& cert, const std::string& key) {
  const absl::StatusOr<std::string> chain = ReadFile(cert);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<std::string> secret = ReadFile(key);
  if (!secret.ok()) return secret.status();

  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({*secret, *chain});
  const auto credentials = grpc::SslServerCredentials(options);

  // gRPC looks at them only when a server is built, and then says no more than
  // that it was not. So we try: on any port, for a moment.
  grpc::CallbackGenericService nobody;
  grpc::ServerBuilder trial;
  trial.RegisterCallbackGenericService(&nobody);
  trial.AddListeningPort("127.0.0.1:0", credentials);
  if (trial.BuildAndStart() == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(cert, " and ", key, " are not a certificate and its key"));
  }
  return credentials;
}
// [server]

// [client]
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(
    const std::string& ca) {
  const absl::StatusOr<std::string> authority = ReadFile(ca);
  if (!authority.ok()) return authority.status();
  // For gRPC an empty one means: all whom the system trusts.
  if (!absl::StrContains(*authority, "-----BEGIN CERTIFICATE-----")) {
    return absl::InvalidArgumentError(
        absl::StrCat(ca, ": no certificate in PEM"));
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = *authority;
  return grpc::SslCredentials(options);
}
// [client]

}  // namespace kv
