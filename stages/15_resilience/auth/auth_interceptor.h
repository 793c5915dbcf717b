// Runs before the handler of every call and identifies the caller.
//
//   creators.push_back(std::make_unique<kv::AuthInterceptorFactory>(tokens));
//   builder.experimental().SetInterceptorCreators(std::move(creators));
#ifndef AUTH_AUTH_INTERCEPTOR_H_
#define AUTH_AUTH_INTERCEPTOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <cstdint>
#include <map>
#include <string>

#include "auth/tokens.h"

namespace kv {

/// Verifies the token of one call. It ends a call without exactly one valid
/// `token` with UNAUTHENTICATED. gRPC still calls the handler, which no server
/// interceptor can prevent (grpc/grpc#24017), so each handler has to call
/// RequireUser(). In an accepted call, the handler finds the user's name in the
/// metadata under kUserKey, but no token. Only kHealthCheck needs none.
///
/// It verifies the token again at each message that the server receives and, in
/// List and Watch, sends. If the token was revoked, or its user may no longer
/// write, it ends the call, and RequireUser() fails from then on.
class AuthInterceptor final : public grpc::experimental::Interceptor {
 public:
  /// `tokens` says who may call; null means everybody, as user `anyone`.
  AuthInterceptor(const Tokens* tokens, grpc::experimental::ServerRpcInfo* info)
      : tokens_(tokens), info_(info) {}

  /// gRPC calls it at each hook of the call.
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  void CheckAgain();
  bool OnlyReads() const;
  void Reject(grpc_status_code code, const std::string& message);

  const Tokens* const tokens_;
  grpc::experimental::ServerRpcInfo* const info_;
  std::multimap<grpc::string_ref, grpc::string_ref>* metadata_ = nullptr;
  std::string token_;
  std::int64_t version_ = 0;  // of the tokens, when the call began
  User user_;                 // when the call began; the metadata points to it
};

/// Creates an AuthInterceptor for each call.
class AuthInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// As for AuthInterceptor. `tokens` must outlive the server.
  explicit AuthInterceptorFactory(const Tokens* tokens) : tokens_(tokens) {}

  /// gRPC deletes the interceptor after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new AuthInterceptor(tokens_, info);
  }

 private:
  const Tokens* const tokens_;
};

}  // namespace kv

#endif  // AUTH_AUTH_INTERCEPTOR_H_
