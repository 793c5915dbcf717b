// Ends the health watches of load balancers and clients when the server stops.
// gRPC's health service never ends them itself, so Shutdown() would wait for
// them until its deadline.
#ifndef SERVER_HEALTH_WATCHES_H_
#define SERVER_HEALTH_WATCHES_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <mutex>
#include <set>

namespace kv {

/// The running calls of grpc.health.v1.Health/Watch. Thread-safe.
class HealthWatches final {
 public:
  /// Ends all of them, the running ones and those to come.
  void End();

  /// Adds a call; after End(), cancels it.
  void Add(grpc::ServerContextBase& call);
  /// Must be called before the call is freed.
  void Remove(grpc::ServerContextBase& call);

 private:
  std::mutex mutex_;  // guards the members below
  std::set<grpc::ServerContextBase*> calls_;
  bool ended_ = false;
};

/// Creates an interceptor for each health watch, and none for other calls.
class HealthWatchInterceptorFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  /// `watches` must outlive the server.
  explicit HealthWatchInterceptorFactory(HealthWatches& watches)
      : watches_(watches) {}

  /// gRPC deletes the interceptor after the call.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  HealthWatches& watches_;
};

}  // namespace kv

#endif  // SERVER_HEALTH_WATCHES_H_
