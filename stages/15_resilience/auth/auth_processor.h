// The check at the port: it rejects a call before gRPC looks for its handler.
//
//   credentials->SetAuthMetadataProcessor(
//       std::make_shared<kv::AuthProcessor>(tokens, ...));   // before the port
//   builder.AddListeningPort(listen, credentials, &port);
//
// Only with secure credentials: on InsecureServerCredentials() the call above
// aborts the process (grpc/grpc#17942).
#ifndef AUTH_AUTH_PROCESSOR_H_
#define AUTH_AUTH_PROCESSOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include <functional>
#include <string>
#include <utility>

#include "auth/tokens.h"

namespace kv {

/// Accepts a call if it carries exactly one token and that is valid, if the
/// client certificate, where one is required, has that user's name, and if the
/// user's role allows the method: a reader may call Get, List and Watch.
/// Anyone may ask grpc.health.v1.Health/Check: a load balancer has no token.
/// Thread-safe.
class AuthProcessor final : public grpc::AuthMetadataProcessor {
 public:
  /// Called for each rejected call, which no interceptor sees. The path may be
  /// up to 8 KiB of any bytes. The function must not block.
  using Rejected =
      std::function<void(const std::string& path, const grpc::Status& status)>;

  /// With `certificates` each client has a certificate, whose name must be the
  /// user's. `tokens` must outlive the server.
  AuthProcessor(const Tokens& tokens, bool certificates, Rejected rejected)
      : tokens_(tokens),
        certificates_(certificates),
        rejected_(std::move(rejected)) {}

  /// gRPC calls it for each call, with the client's metadata and `:path`, the
  /// method. `channel` is what TLS knows of the client. Never add to it: all
  /// later calls of the connection would see that (grpc/grpc#28809). `consumed`
  /// is for keys to hide from the handler. We hide none: the interceptor still
  /// needs `token`. `response` is never sent (grpc/grpc#28810).
  ///
  /// Returns OK, UNAUTHENTICATED or PERMISSION_DENIED, always with a message:
  /// without one the client gets a dump of gRPC's internals.
  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* channel, OutputMetadata* consumed,
                       OutputMetadata* response) override;

  /// Returns false: Process() never blocks, not even to log, so it can run on
  /// the thread that received the call. With true, the default, gRPC calls it
  /// on another thread, of which it has only a few.
  bool IsBlocking() const override { return false; }

 private:
  grpc::Status Check(const InputMetadata& metadata,
                     const grpc::AuthContext& channel) const;

  const Tokens& tokens_;
  const bool certificates_;
  const Rejected rejected_;
};

}  // namespace kv

#endif  // AUTH_AUTH_PROCESSOR_H_
