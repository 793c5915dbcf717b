// Logs each call. See call_log.h.
#ifndef SERVER_LOG_INTERCEPTOR_H_
#define SERVER_LOG_INTERCEPTOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include "absl/time/clock.h"
#include "server/call_log.h"

namespace kv {

/// Logs one call when its status is sent.
class LogInterceptor final : public grpc::experimental::Interceptor {
 public:
  /// `log` and `info` must outlive the call.
  LogInterceptor(CallLog& log, grpc::experimental::ServerRpcInfo* info)
      : log_(log), info_(info) {}

  /// gRPC calls it at each hook of the call.
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  void Write(grpc::StatusCode code) const;

  CallLog& log_;
  grpc::experimental::ServerRpcInfo* const info_;
  const absl::Time begun_ = absl::Now();
};

/// Creates a LogInterceptor for each call.
class LogInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// `log` must outlive the server.
  explicit LogInterceptorFactory(CallLog& log) : log_(log) {}

  /// gRPC deletes the interceptor after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new LogInterceptor(log_, info);
  }

 private:
  CallLog& log_;
};

}  // namespace kv

#endif  // SERVER_LOG_INTERCEPTOR_H_
