#include "auth/tls.h"

#include <openssl/crypto.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace kv {
void SkipTlsCleanup() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

// [client]
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsChannelCredentials(
    const std::string& ca, const std::string& cert, const std::string& key) {
  const absl::StatusOr<std::string> authority = ReadFile(ca);
  if (!authority.ok()) return authority.status();
  // An empty string would make gRPC trust the CAs of the system.
  if (!absl::StrContains(*authority, "-----BEGIN CERTIFICATE-----")) {
    return absl::InvalidArgumentError(
        absl::StrCat(ca, ": no certificate in PEM"));
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = *authority;
  if (!cert.empty()) {
    const absl::StatusOr<std::string> chain = ReadFile(cert);
    if (!chain.ok()) return chain.status();
    const absl::StatusOr<std::string> secret = ReadFile(key);
    if (!secret.ok()) return secret.status();
    options.pem_cert_chain = *chain;
    options.pem_private_key = *secret;
  }
  return grpc::SslCredentials(options);
}
// [client]

}  // namespace kv
