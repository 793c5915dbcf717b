#include "server/secrets.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace kv {

absl::StatusOr<std::unique_ptr<Secrets>> Secrets::Read(
    const ServerOptions& options) {
  auto secrets = absl::WrapUnique(new Secrets(options));
  if (!options.token_file.empty()) {
    const absl::Status read = secrets->tokens_.Read(options.token_file);
    if (!read.ok()) return read;
  }
  if (!options.tls_cert.empty()) {
    auto certificates = ServerCertificates::Read(
        options.tls_cert, options.tls_key, options.client_ca);
    if (!certificates.ok()) return certificates.status();
    secrets->certificates_ = *std::move(certificates);
  }
  return secrets;
}

// [again]
void Secrets::ReadAgain(Log& log) {
  if (!options_.token_file.empty()) {
    const absl::Status read = tokens_.Read(options_.token_file);
    const std::string said =
        read.ok() ? absl::StrCat(options_.token_file,
                                 " read again: ", tokens_.size(), " tokens")
                  : absl::StrCat(read.message(), "; the old tokens stay");
    log.Write(absl::StrCat("server: ", said));
  }
  if (certificates_ != nullptr) {
    const absl::Status read = certificates_->ReadAgain();
    const std::string said =
        read.ok() ? absl::StrCat(options_.tls_cert, " read again")
                  : absl::StrCat(read.message(), "; the old certificate stays");
    log.Write(absl::StrCat("server: ", said));
  }
}
// [again]

// [credentials]
std::shared_ptr<grpc::ServerCredentials> Secrets::Credentials(
    AuthProcessor::Rejected rejected) const {
  if (certificates_ == nullptr) return grpc::InsecureServerCredentials();
  auto credentials = certificates_->Credentials();
  // Never do this with insecure credentials: it aborts (grpc/grpc#17942).
  if (!options_.token_file.empty()) {
    credentials->SetAuthMetadataProcessor(std::make_shared<AuthProcessor>(
        tokens_, !options_.client_ca.empty(), std::move(rejected)));
  }
  return credentials;
}
// [credentials]

}  // namespace kv
