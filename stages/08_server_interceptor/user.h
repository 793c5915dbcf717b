// The guard at the head of each handler.
#ifndef STAGE_USER_H_
#define STAGE_USER_H_

#include <grpcpp/grpcpp.h>

namespace kv {

/// Metadata that only AuthInterceptor writes: who calls.
constexpr char kUserKey[] = "auth-user";

// [guard]
/// An interceptor can't keep a handler from being entered, so the handler asks.
/// What went past the interceptor is refused as well: nobody has verified it.
/// @param context the call.
/// @return OK when the interceptor has said who calls, else UNAUTHENTICATED.
inline grpc::Status CheckUser(const grpc::ServerContext& context) {
  if (context.client_metadata().count(kUserKey) == 1) return grpc::Status::OK;
  return {grpc::StatusCode::UNAUTHENTICATED, "Invalid signature"};
}
// [guard]

}  // namespace kv

#endif  // STAGE_USER_H_
