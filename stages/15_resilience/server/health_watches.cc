#include "server/health_watches.h"

#include "absl/strings/string_view.h"

namespace kv {
namespace {

// Lives as long as the call.
class Interceptor final : public grpc::experimental::Interceptor {
 public:
  Interceptor(HealthWatches& watches, grpc::ServerContextBase& call)
      : watches_(watches), call_(call) {
    watches_.Add(call_);
  }
  ~Interceptor() override { watches_.Remove(call_); }
  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    methods->Proceed();
  }

 private:
  HealthWatches& watches_;
  grpc::ServerContextBase& call_;
};

}  // namespace

// [end]
void HealthWatches::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  for (grpc::ServerContextBase* const call : calls_) call->TryCancel();
}
// [end]

void HealthWatches::Add(grpc::ServerContextBase& call) {
  const std::lock_guard lock(mutex_);
  calls_.insert(&call);
  if (ended_) call.TryCancel();
}

void HealthWatches::Remove(grpc::ServerContextBase& call) {
  const std::lock_guard lock(mutex_);
  calls_.erase(&call);
}

grpc::experimental::Interceptor*
HealthWatchInterceptorFactory::CreateServerInterceptor(
    grpc::experimental::ServerRpcInfo* info) {
  if (absl::string_view(info->method()) != "/grpc.health.v1.Health/Watch") {
    return nullptr;
  }
  return new Interceptor(watches_, *info->server_context());
}

}  // namespace kv
