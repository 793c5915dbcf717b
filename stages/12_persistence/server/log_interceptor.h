// Logs one line for each call:
//
//   /kv.v1.KeyValueService/Get alice OK 0.3 ms
#ifndef SERVER_LOG_INTERCEPTOR_H_
#define SERVER_LOG_INTERCEPTOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>

#include "base/log.h"

namespace kv {

/// Logs one call when its status is sent: the method, the user (`-` if there is
/// none), the status, and the time it took. Never the token.
class LogInterceptor final : public grpc::experimental::Interceptor {
 public:
  /// `log` and `info` must outlive the call.
  LogInterceptor(Log& log, grpc::experimental::ServerRpcInfo* info)
      : log_(log), info_(info) {}

  /// gRPC calls it at each hook of the call.
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  Log& log_;
  grpc::experimental::ServerRpcInfo* const info_;
  const std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
};

/// Creates a LogInterceptor for each call.
class LogInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// `log` must outlive the server.
  explicit LogInterceptorFactory(Log& log) : log_(log) {}

  /// gRPC deletes the interceptor after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new LogInterceptor(log_, info);
  }

 private:
  Log& log_;
};

}  // namespace kv

#endif  // SERVER_LOG_INTERCEPTOR_H_
