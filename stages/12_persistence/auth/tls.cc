#include "auth/tls.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file.h"

namespace kv {
namespace {

// Also clears OpenSSL's queue of errors, so that gRPC does not find ours.
absl::Status FileError(const std::string& path, const std::string& what) {
  const char* const why = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", what, ": ", absl::NullSafeStringView(why)));
}

// [check]
// gRPC reads the files only in BuildAndStart(), which returns null without a
// reason. So we let OpenSSL check them first, in the same way.
absl::Status CheckFiles(const std::string& cert, const std::string& key,
                        const std::string& client_ca) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls(
      SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  char no_passphrase[] = "";  // otherwise OpenSSL prompts for one
  SSL_CTX_set_default_passwd_cb_userdata(tls.get(), no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(tls.get(), cert.c_str()) != 1) {
    return FileError(cert, "not a usable certificate");
  }
  if (SSL_CTX_use_PrivateKey_file(tls.get(), key.c_str(), SSL_FILETYPE_PEM) !=
          1 ||
      SSL_CTX_check_private_key(tls.get()) != 1) {
    return FileError(key, absl::StrCat("not the key of ", cert));
  }
  if (!client_ca.empty() &&
      SSL_CTX_load_verify_file(tls.get(), client_ca.c_str()) != 1) {
    return FileError(client_ca, "no certificate in PEM");
  }
  return absl::OkStatus();
}
// [check]

}  // namespace

void SkipTlsCleanup() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

// [server]
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsServerCredentials(
    const std::string& cert, const std::string& key,
    const std::string& client_ca) {
  const absl::StatusOr<std::string> chain = ReadFile(cert);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<std::string> secret = ReadFile(key);
  if (!secret.ok()) return secret.status();

  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({*secret, *chain});
  if (!client_ca.empty()) {
    const absl::StatusOr<std::string> authority = ReadFile(client_ca);
    if (!authority.ok()) return authority.status();
    options.pem_root_certs = *authority;
    options.client_certificate_request =
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  const absl::Status usable = CheckFiles(cert, key, client_ca);
  if (!usable.ok()) return usable;
  return grpc::SslServerCredentials(options);
}
// [server]

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
