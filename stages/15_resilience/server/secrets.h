// The files that say who we are and who may call: certificates and tokens. Both
// are read again at SIGHUP.
#ifndef SERVER_SECRETS_H_
#define SERVER_SECRETS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "auth/auth_processor.h"
#include "auth/server_certificates.h"
#include "auth/tokens.h"
#include "base/log.h"
#include "server/options.h"

namespace kv {

/// What the flags name, as it was read last.
class Secrets final {
 public:
  /// Reads the files. An error names the file that can't be used. `options`
  /// must outlive this object.
  static absl::StatusOr<std::unique_ptr<Secrets>> Read(
      const ServerOptions& options);

  /// Reads them again and logs the result. A file that can't be used changes
  /// nothing.
  void ReadAgain(Log& log);

  /// Returns credentials for AddListeningPort(): TLS with --tls_cert, otherwise
  /// plaintext. With a token file they check tokens at the port, and tell
  /// `rejected` which calls they reject. This object must outlive the server.
  std::shared_ptr<grpc::ServerCredentials> Credentials(
      AuthProcessor::Rejected rejected) const;

  /// Who may call.
  const Tokens& tokens() const { return tokens_; }

 private:
  explicit Secrets(const ServerOptions& options) : options_(options) {}

  const ServerOptions& options_;
  Tokens tokens_;
  std::unique_ptr<ServerCertificates> certificates_;  // null without TLS
};

}  // namespace kv

#endif  // SERVER_SECRETS_H_
