#include "server/open_store.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etcd/etcd_client.h"
#include "server/watched_log.h"
#include "store/etcd_log.h"
#include "store/sqlite_log.h"

namespace kv {

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const ServerOptions& options,
                                                 Metrics& metrics,
                                                 ServerHealth& health) {
  const auto history = static_cast<std::size_t>(options.history);
  if (!options.etcd.members.empty()) {
    auto etcd = EtcdClient::Create(options.etcd);
    if (!etcd.ok()) return etcd.status();
    auto log = std::make_unique<EtcdLog>(*std::move(etcd), options.etcd_prefix);
    auto store = Store::Open(
        std::make_unique<WatchedLog>(std::move(log), metrics, health), history);
    if (store.ok()) return store;
    return absl::Status(
        store.status().code(),
        absl::StrCat("can't use the store in etcd at ", options.etcd.members,
                     ": ", store.status().message()));
  }
  if (options.data.empty()) return std::make_unique<Store>(history);
  auto log = SqliteLog::Open(options.data);
  if (!log.ok()) return log.status();
  return Store::Open(
      std::make_unique<WatchedLog>(*std::move(log), metrics, health), history);
}

}  // namespace kv
