// Stands at a port: a call that may not be made is refused before anything of
// the service sees it.
//
//   credentials->SetAuthMetadataProcessor(
//       std::make_shared<kv::AuthProcessor>(tokens, ...));   // before the port
//   builder.AddListeningPort(listen, credentials, &port);
//
// Only with credentials that are safe. On InsecureServerCredentials() the call
// above aborts the process (grpc/grpc#17942).
#ifndef STAGE_AUTH_PROCESSOR_H_
#define STAGE_AUTH_PROCESSOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include "log.h"
#include "tokens.h"

namespace kv {

/// Lets a call through when exactly one token came with it and is right, when
/// the client's certificate, if it must have one, is that user's, and when the
/// user may call this method: readers Get, List and Watch. Thread-safe.
class AuthProcessor final : public grpc::AuthMetadataProcessor {
 public:
  /// @param tokens who may call; must outlive the server.
  /// @param certificates whether each client has a certificate, whose name must
  ///     be the user's.
  /// @param log where a line for each rejected call goes, which no interceptor
  ///     sees; null: nowhere. Must outlive the server.
  AuthProcessor(const Tokens& tokens, bool certificates, Log* log)
      : tokens_(tokens), certificates_(certificates), log_(log) {}

  /// Called by gRPC for each call, before it looks for the method.
  /// @param metadata the client's, and `:path`: which method.
  /// @param channel what TLS knows of the client. Only to be read: what is
  ///     written stays, for all later calls of the connection
  ///     (grpc/grpc#28809).
  /// @param consumed keys that the handler shall not see; none: the interceptor
  ///     needs the token.
  /// @param response never sent (grpc/grpc#28810).
  /// @return OK, UNAUTHENTICATED or PERMISSION_DENIED. A message is a must:
  ///     without one the client gets a dump of gRPC's insides.
  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* channel, OutputMetadata* consumed,
                       OutputMetadata* response) override;

  /// @return false: it waits for nothing, not even for a reader of the log, so
  ///     it can run where the call came in. True, which is the default, takes
  ///     another thread, one of a few.
  bool IsBlocking() const override { return false; }

 private:
  grpc::Status Check(const InputMetadata& metadata,
                     const grpc::AuthContext& channel) const;

  const Tokens& tokens_;
  const bool certificates_;
  Log* const log_;
};

}  // namespace kv

#endif  // STAGE_AUTH_PROCESSOR_H_
