#include "server/log_interceptor.h"

#include <string>

#include "auth/require_user.h"

namespace kv {

// [log]
void LogInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS) &&
      log_.Wants(methods->GetSendStatus().error_code())) {
    Write(methods->GetSendStatus().error_code());
  }
  methods->Proceed();
}

void LogInterceptor::Write(grpc::StatusCode code) const {
  const auto& metadata = info_->server_context()->client_metadata();
  const auto user = metadata.find(kUserKey);
  const std::string peer = info_->server_context()->peer();
  EndedCall call;
  call.method = info_->method();
  if (user != metadata.end()) {
    call.user = {user->second.data(), user->second.size()};
  }
  call.peer = peer;
  call.code = code;
  call.took = absl::Now() - begun_;
  log_.Write(call);
}
// [log]

}  // namespace kv
