#include "auth_interceptor.h"

#include <grpc/grpc.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "user.h"

namespace kv {

// [intercept]
void AuthInterceptor::Intercept(
    grpc::experimental::InterceptorBatchMethods* methods) {
  using Hook = grpc::experimental::InterceptionHookPoints;
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
    metadata_ = methods->GetRecvInitialMetadata();
    metadata_->erase(kUserKey);  // a client's own claim
    std::optional<User> user;
    if (tokens_ == nullptr) {
      user = User{"anyone", /*writer=*/true};
    } else if (metadata_->count("token") == 1) {  // of two, which one counts?
      const grpc::string_ref token = metadata_->find("token")->second;
      token_.assign(token.data(), token.size());
      version_ = tokens_->version();
      user = tokens_->UserOf(token_);
    }
    metadata_->erase("token");  // what a handler does not have it can't leak
    if (user.has_value()) {
      user_ = *user;
      metadata_->emplace(kUserKey, user_.name);
    } else {
      End(GRPC_STATUS_UNAUTHENTICATED, "Invalid signature");
    }
  }
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_MESSAGE) ||
      (OnlyReads() &&
       methods->QueryInterceptionHookPoint(Hook::PRE_SEND_MESSAGE))) {
    AskAgain();
  }
  methods->Proceed();  // always: without it Shutdown() waits for ever
}
// [intercept]

// [again]
// A stream may outlive its token. Only when the file was read again since.
void AuthInterceptor::AskAgain() {
  if (tokens_ == nullptr || tokens_->version() == version_) return;
  const std::optional<User> now = tokens_->UserOf(token_);
  if (!now.has_value()) {
    End(GRPC_STATUS_UNAUTHENTICATED, "Invalid signature");
  } else if (user_.writer && !now->writer && !OnlyReads()) {
    End(GRPC_STATUS_PERMISSION_DENIED,
        absl::StrCat(now->name, " may only read"));
  }
}

// Whether it is one of List and Watch.
bool AuthInterceptor::OnlyReads() const {
  return info_->type() ==
         grpc::experimental::ServerRpcInfo::Type::SERVER_STREAMING;
}

void AuthInterceptor::End(grpc_status_code code, const std::string& message) {
  metadata_->erase(kUserKey);  // from here on CheckUser() says no
  grpc_call_cancel_with_status(info_->server_context()->c_call(), code,
                               message.c_str(), nullptr);
}
// [again]

}  // namespace kv
