// The check at the beginning of each handler.
#ifndef AUTH_REQUIRE_USER_H_
#define AUTH_REQUIRE_USER_H_

#include <grpcpp/grpcpp.h>

#include <string>

namespace kv {

/// Metadata that only AuthInterceptor sets: the caller's user name.
constexpr char kUserKey[] = "auth-user";

/// The rpc that anyone may call. It tells whether the server wants calls.
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";

// [guard]
/// Returns UNAUTHENTICATED unless the interceptor has set the user. An
/// interceptor can't keep a rejected call from reaching its handler, so the
/// handler asks. A call that bypassed the interceptor is rejected, too.
inline grpc::Status RequireUser(const grpc::CallbackServerContext& context) {
  if (context.client_metadata().count(kUserKey) == 1) return grpc::Status::OK;
  return {grpc::StatusCode::UNAUTHENTICATED, "Invalid signature"};
}
// [guard]

/// The user's name, which RequireUser() has found.
inline std::string UserOf(const grpc::CallbackServerContext& context) {
  const grpc::string_ref name =
      context.client_metadata().find(kUserKey)->second;
  return {name.data(), name.size()};
}

}  // namespace kv

#endif  // AUTH_REQUIRE_USER_H_
