#include "server/log_interceptor.h"

#include <string>

#include "auth/require_user.h"

namespace kv {

// [log]
void LogInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
    const auto& metadata = info_->server_context()->client_metadata();
    const auto user = metadata.find(kUserKey);
    EndedCall call;
    call.method = info_->method();
    if (user != metadata.end()) {
      call.user = {user->second.data(), user->second.size()};
    }
    const std::string peer = info_->server_context()->peer();
    call.peer = peer;
    call.code = methods->GetSendStatus().error_code();
    call.took = absl::Now() - begun_;
    log_.Write(call);
  }
  methods->Proceed();
}
// [log]

}  // namespace kv
