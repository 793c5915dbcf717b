#include "server/log_interceptor.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "auth/require_user.h"

namespace kv {

// [log]
void LogInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
    const auto& metadata = info_->server_context()->client_metadata();
    const auto user = metadata.find(kUserKey);
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - start_;
    const auto code =
        static_cast<absl::StatusCode>(methods->GetSendStatus().error_code());
    log_.Write(absl::StrFormat(
        "%s %s %s %.1f ms", info_->method(),
        user == metadata.end()
            ? "-"
            : std::string(user->second.data(), user->second.size()),
        absl::StatusCodeToString(code), took.count()));
  }
  methods->Proceed();
}
// [log]

}  // namespace kv
