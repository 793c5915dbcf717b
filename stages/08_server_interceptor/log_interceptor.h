// Logs one line for each call:
//
//   /kv.v1.KeyValueService/Get alice OK 0.3 ms
#ifndef STAGE_LOG_INTERCEPTOR_H_
#define STAGE_LOG_INTERCEPTOR_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>

#include "log.h"

namespace kv {

/// Logs one call when its status goes out: method, user (`-`: nobody), status,
/// and how long it took. Never the token.
class LogInterceptor final : public grpc::experimental::Interceptor {
 public:
  /// @param log where the line goes.
  /// @param info the call.
  LogInterceptor(Log& log, grpc::experimental::ServerRpcInfo* info)
      : log_(log), info_(info) {}

  /// Called by gRPC at each hook of the call.
  /// @param methods what can be seen and changed there.
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  Log& log_;
  grpc::experimental::ServerRpcInfo* const info_;
  const std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
};

/// Makes one for each call.
class LogInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// @param log where the lines go; must outlive the server.
  explicit LogInterceptorFactory(Log& log) : log_(log) {}

  /// @param info the call.
  /// @return a new interceptor; gRPC deletes it after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new LogInterceptor(log_, info);
  }

 private:
  Log& log_;
};

}  // namespace kv

#endif  // STAGE_LOG_INTERCEPTOR_H_
