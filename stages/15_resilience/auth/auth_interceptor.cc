#include "auth/auth_interceptor.h"

#include <grpc/grpc.h>

#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "auth/require_user.h"

namespace kv {

// [intercept]
void AuthInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
    metadata_ = methods->GetRecvInitialMetadata();
    metadata_->erase(kUserKey);  // a client may have sent it
    std::optional<User> user;
    if (tokens_ == nullptr) {
      user = User{"anyone", /*writer=*/true};
    } else if (metadata_->count("token") == 1) {  // two are ambiguous
      const grpc::string_ref token = metadata_->find("token")->second;
      token_.assign(token.data(), token.size());
      version_ = tokens_->version();
      user = tokens_->UserOf(token_);
    }
    metadata_->erase("token");  // the handler can't leak what it doesn't have
    if (user.has_value()) {
      user_ = *user;
      metadata_->emplace(kUserKey, user_.name);
    } else if (std::strcmp(info_->method(), kHealthCheck) != 0) {
      Reject(GRPC_STATUS_UNAUTHENTICATED, "Invalid signature");
    }
  }
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_MESSAGE) ||
      (OnlyReads() &&
       methods->QueryInterceptionHookPoint(Hook::PRE_SEND_MESSAGE))) {
    CheckAgain();
  }
  methods->Proceed();  // always: otherwise Shutdown() waits forever
}
// [intercept]

// [again]
// A stream may outlive its token. Verifies only if there was one and the file
// was read again.
void AuthInterceptor::CheckAgain() {
  if (token_.empty() || tokens_->version() == version_) return;
  const std::optional<User> now = tokens_->UserOf(token_);
  if (!now.has_value()) {
    Reject(GRPC_STATUS_UNAUTHENTICATED, "Invalid signature");
  } else if (user_.writer && !now->writer && !OnlyReads()) {
    Reject(GRPC_STATUS_PERMISSION_DENIED,
           absl::StrCat(now->name, " may only read"));
  }
}

// Whether it is List or Watch.
bool AuthInterceptor::OnlyReads() const {
  return info_->type() ==
         grpc::experimental::ServerRpcInfo::Type::SERVER_STREAMING;
}

void AuthInterceptor::Reject(grpc_status_code code,
                             const std::string& message) {
  metadata_->erase(kUserKey);  // from here on RequireUser() fails
  grpc_call_cancel_with_status(info_->server_context()->c_call(), code,
                               message.c_str(), nullptr);
}
// [again]

}  // namespace kv
