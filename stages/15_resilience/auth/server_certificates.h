// The server's TLS certificate, which can be replaced while the server runs.
//
//   auto certificates = kv::ServerCertificates::Read(cert, key, client_ca);
//   builder.AddListeningPort(listen, (*certificates)->Credentials(), &port);
//   absl::Status status = (*certificates)->ReadAgain();  // the files are new
#ifndef AUTH_SERVER_CERTIFICATES_H_
#define AUTH_SERVER_CERTIFICATES_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "auth/memory_file.h"

namespace kv {

/// The files that a server needs for TLS. Use it from one thread.
class ServerCertificates final {
 public:
  /// Reads two PEM files: `cert` with the certificate and the intermediate
  /// ones, and `key` with its private key. If `client_ca` names a third one, a
  /// client can only connect with a certificate from that CA; empty means that
  /// clients need none. An error names the file that can't be used, and says
  /// why.
  static absl::StatusOr<std::unique_ptr<ServerCertificates>> Read(
      std::string cert, std::string key, std::string client_ca);

  /// Reads the files again. About a second later, new connections use what they
  /// hold now; running ones go on. After an error nothing changes.
  absl::Status ReadAgain();

  /// Returns credentials for a port. This object must outlive the server.
  std::shared_ptr<grpc::ServerCredentials> Credentials() const;

 private:
  ServerCertificates(std::string cert, std::string key, std::string client_ca)
      : cert_(std::move(cert)),
        key_(std::move(key)),
        client_ca_(std::move(client_ca)) {}

  const std::string cert_;
  const std::string key_;
  const std::string client_ca_;
  MemoryFile identity_;   // the key and the certificates
  MemoryFile authority_;  // the CA, if there is one
};

}  // namespace kv

#endif  // AUTH_SERVER_CERTIFICATES_H_
