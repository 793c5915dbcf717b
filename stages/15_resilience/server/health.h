// Says whether this server wants calls: gRPC's own service
// grpc.health.v1.Health. Load balancers ask it, and stop sending calls to a
// server that says NOT_SERVING.
//
//   kv::ServerHealth health;   // before ServerBuilder::BuildAndStart()
//   health.Start(*server);
//   health.SetWrites(kv::ServerHealth::Writes::kFail);  // now NOT_SERVING
#ifndef SERVER_HEALTH_H_
#define SERVER_HEALTH_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <mutex>

#include "store/store.h"

namespace kv {

/// The health of one server, for the service kv.v1.KeyValueService and for the
/// whole server, whose name is empty. Thread-safe.
class ServerHealth final {
 public:
  /// What the disk does with writes.
  enum class Writes { kWork, kFail };

  /// Gives all servers that are built from now on the service.
  ServerHealth();

  /// Says SERVING, unless writes fail. Call it once, with the built server.
  void Start(grpc::Server& server);

  /// Says NOT_SERVING while writes fail, and SERVING again.
  void SetWrites(Writes writes);

  /// Whether the last write failed.
  bool writes_fail() const;

  /// Says NOT_SERVING, from now on and forever. After that, the server may be
  /// destroyed.
  void Drain();

 private:
  void Report();

  mutable std::mutex mutex_;  // guards the members below
  grpc::HealthCheckServiceInterface* service_ = nullptr;
  Writes writes_ = Writes::kWork;
};

/// Finds out whether the store works, and tells `health`, soon after. Both must
/// outlive the store's threads.
void CheckHealth(Store& store, ServerHealth& health);

}  // namespace kv

#endif  // SERVER_HEALTH_H_
