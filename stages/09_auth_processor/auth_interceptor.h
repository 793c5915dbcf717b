// Sees every call before its handler does, and says who calls.
//
//   creators.push_back(std::make_unique<kv::AuthInterceptorFactory>(tokens));
//   builder.experimental().SetInterceptorCreators(std::move(creators));
#ifndef STAGE_AUTH_INTERCEPTOR_H_
#define STAGE_AUTH_INTERCEPTOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <cstdint>
#include <map>
#include <string>

#include "tokens.h"

namespace kv {

/// Verifies the token of one call. A call without exactly one right `token` is
/// ended with UNAUTHENTICATED; its handler is entered all the same (no server
/// interceptor can prevent it, grpc/grpc#24017) and has to CheckUser(). Of
/// other calls the handler finds the user under kUserKey, and no token.
///
/// Asks again with each message of a stream: one that came in, and one that a
/// stream of answers sends. When the token was revoked, or its user may no
/// longer write, the call is ended and CheckUser() says no from then on.
class AuthInterceptor final : public grpc::experimental::Interceptor {
 public:
  /// @param tokens who may call; null: everybody, as user `anyone`.
  /// @param info the call.
  AuthInterceptor(const Tokens* tokens, grpc::experimental::ServerRpcInfo* info)
      : tokens_(tokens), info_(info) {}

  /// Called by gRPC at each hook of the call.
  /// @param methods what can be seen and changed there.
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  void AskAgain();
  bool OnlyReads() const;
  void End(grpc_status_code code, const std::string& message);

  const Tokens* const tokens_;
  grpc::experimental::ServerRpcInfo* const info_;
  std::multimap<grpc::string_ref, grpc::string_ref>* metadata_ = nullptr;
  std::string token_;
  std::int64_t version_ = 0;  // of the tokens, when the call began
  User user_;                 // when the call began; the metadata points to it
};

/// Makes one for each call.
class AuthInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// @param tokens as AuthInterceptor's; they must outlive the server.
  explicit AuthInterceptorFactory(const Tokens* tokens) : tokens_(tokens) {}

  /// @param info the call.
  /// @return a new interceptor; gRPC deletes it after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new AuthInterceptor(tokens_, info);
  }

 private:
  const Tokens* const tokens_;
};

}  // namespace kv

#endif  // STAGE_AUTH_INTERCEPTOR_H_
