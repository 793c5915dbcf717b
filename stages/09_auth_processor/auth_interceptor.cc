#include "auth_interceptor.h"

#include <grpc/grpc.h>

#include <optional>

#include "user.h"

namespace kv {

// [intercept]
void AuthInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
    auto& metadata = *methods->GetRecvInitialMetadata();
    metadata.erase(kUserKey);  // a client's own claim
    std::optional<User> user;
    if (tokens_ == nullptr) {
      user = User{"anyone", /*writer=*/true};
    } else if (metadata.count("token") == 1) {  // of two, which one counts?
      const grpc::string_ref token = metadata.find("token")->second;
      user = tokens_->UserOf({token.data(), token.size()});
    }
    metadata.erase("token");  // what a handler does not have it can't leak
    if (user.has_value()) {
      user_ = user->name;
      metadata.emplace(kUserKey, user_);
    } else {
      grpc_call_cancel_with_status(info_->server_context()->c_call(),
                                   GRPC_STATUS_UNAUTHENTICATED,
                                   "Invalid signature", nullptr);
    }
  }
  methods->Proceed();  // always: without it Shutdown() waits for ever
}
// [intercept]

}  // namespace kv
