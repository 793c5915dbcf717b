#include "auth/server_certificates.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "absl/memory/memory.h"
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

absl::StatusOr<std::unique_ptr<ServerCertificates>> ServerCertificates::Read(
    std::string cert, std::string key, std::string client_ca) {
  auto certificates = absl::WrapUnique(new ServerCertificates(
      std::move(cert), std::move(key), std::move(client_ca)));
  if (absl::Status read = certificates->ReadAgain(); !read.ok()) return read;
  return certificates;
}

// [again]
absl::Status ServerCertificates::ReadAgain() {
  const absl::StatusOr<std::string> chain = ReadFile(cert_);
  if (!chain.ok()) return chain.status();
  const absl::StatusOr<std::string> secret = ReadFile(key_);
  if (!secret.ok()) return secret.status();
  absl::StatusOr<std::string> authority = "";
  if (!client_ca_.empty()) authority = ReadFile(client_ca_);
  if (!authority.ok()) return authority.status();
  absl::Status usable = CheckFiles(cert_, key_, client_ca_);
  if (!usable.ok()) return usable;
  // One file, so that gRPC can't get a key and the certificate of another.
  absl::Status written = identity_.Write(absl::StrCat(*secret, "\n", *chain));
  if (!written.ok() || client_ca_.empty()) return written;
  return authority_.Write(*authority);
}
// [again]

// [credentials]
std::shared_ptr<grpc::ServerCredentials> ServerCertificates::Credentials()
    const {
  using grpc::experimental::FileWatcherCertificateProvider;
  constexpr unsigned kLookEverySeconds = 1;  // the shortest that gRPC accepts
  const bool mutual = !client_ca_.empty();
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<FileWatcherCertificateProvider>(
          identity_.path(), identity_.path(), mutual ? authority_.path() : "",
          kLookEverySeconds));
  options.watch_identity_key_cert_pairs();
  if (mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}
// [credentials]

}  // namespace kv
