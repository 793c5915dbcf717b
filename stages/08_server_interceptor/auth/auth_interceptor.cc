#include "auth/auth_interceptor.h"

#include <grpc/grpc.h>

#include <optional>

#include "auth/require_user.h"

namespace kv {

// [intercept]
void AuthInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
    auto& metadata = *methods->GetRecvInitialMetadata();
    metadata.erase(kUserKey);  // a client may have sent it
    std::optional<std::string> user;
    if (tokens_ == nullptr) {
      user = "anyone";
    } else if (metadata.count("token") == 1) {  // two are ambiguous
      const grpc::string_ref token = metadata.find("token")->second;
      user = tokens_->UserOf({token.data(), token.size()});
    }
    metadata.erase("token");  // the handler can't leak what it doesn't have
    if (user.has_value()) {
      user_ = *user;
      metadata.emplace(kUserKey, user_);
    } else {
      grpc_call_cancel_with_status(info_->server_context()->c_call(),
                                   GRPC_STATUS_UNAUTHENTICATED,
                                   "Invalid signature", nullptr);
    }
  }
  methods->Proceed();  // always: otherwise Shutdown() waits forever
}
// [intercept]

}  // namespace kv
