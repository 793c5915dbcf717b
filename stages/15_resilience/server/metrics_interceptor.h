// Counts each call that reaches an rpc, when it begins and when it ends.
#ifndef SERVER_METRICS_INTERCEPTOR_H_
#define SERVER_METRICS_INTERCEPTOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include "absl/time/clock.h"
#include "server/metrics.h"

namespace kv {

/// Counts one call when it begins, when its status is sent, and when it is
/// over. A call that the processor rejected is not seen here.
class MetricsInterceptor final : public grpc::experimental::Interceptor {
 public:
  /// `metrics` must outlive the call.
  MetricsInterceptor(Metrics& metrics,
                     const grpc::experimental::ServerRpcInfo& info)
      : metrics_(metrics), method_(metrics.Of(info.method())) {
    method_.started->Increment();
    method_.in_flight->Increment();
  }
  ~MetricsInterceptor() override { method_.in_flight->Decrement(); }

  // [intercept]
  /// gRPC calls it at each hook of the call.
  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_STATUS)) {
      metrics_.Ended(method_, methods->GetSendStatus(), absl::Now() - begun_);
    }
    methods->Proceed();
  }
  // [intercept]

 private:
  Metrics& metrics_;
  Metrics::Method& method_;
  const absl::Time begun_ = absl::Now();
};

/// Creates a MetricsInterceptor for each call.
class MetricsInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// `metrics` must outlive the server.
  explicit MetricsInterceptorFactory(Metrics& metrics) : metrics_(metrics) {}

  /// gRPC deletes the interceptor after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new MetricsInterceptor(metrics_, *info);
  }

 private:
  Metrics& metrics_;
};

}  // namespace kv

#endif  // SERVER_METRICS_INTERCEPTOR_H_
