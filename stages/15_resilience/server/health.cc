#include "server/health.h"

#include "kv/v1/kv.grpc.pb.h"

namespace kv {

// [health]
ServerHealth::ServerHealth() { grpc::EnableDefaultHealthCheckService(true); }

void ServerHealth::Start(grpc::Server& server) {
  const std::lock_guard lock(mutex_);
  service_ = server.GetHealthCheckService();
  // The service must know a name before it can answer for it.
  service_->SetServingStatus(v1::KeyValueService::service_full_name(), false);
  Report();
}

void ServerHealth::SetWrites(Writes writes) {
  const std::lock_guard lock(mutex_);
  if (writes_ == writes) return;
  writes_ = writes;
  Report();
}

void ServerHealth::Drain() {
  const std::lock_guard lock(mutex_);
  if (service_ != nullptr) service_->Shutdown();
  service_ = nullptr;
}

// For all names.
void ServerHealth::Report() {
  if (service_ != nullptr) {
    service_->SetServingStatus(writes_ == Writes::kWork);
  }
}
// [health]

bool ServerHealth::writes_fail() const {
  const std::lock_guard lock(mutex_);
  return writes_ == Writes::kFail;
}

// [check]
void CheckHealth(Store& store, ServerHealth& health) {
  using Writes = ServerHealth::Writes;
  if (health.writes_fail()) {
    store.Probe([&health](const absl::Status& done) {
      if (done.ok()) health.SetWrites(Writes::kWork);
    });
  } else {
    store.WhenCurrent(Reads::kLinearizable, [&health](const absl::Status& now) {
      if (!now.ok()) health.SetWrites(Writes::kFail);
    });
  }
}
// [check]

}  // namespace kv
