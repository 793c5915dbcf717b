#include "server/open_store.h"

#include <cstddef>
#include <utility>

#include "server/watched_log.h"
#include "store/sqlite_log.h"

namespace kv {

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const ServerOptions& options,
                                                 Metrics& metrics,
                                                 ServerHealth& health) {
  const auto history = static_cast<std::size_t>(options.history);
  if (options.data.empty()) return std::make_unique<Store>(history);
  auto log = SqliteLog::Open(options.data);
  if (!log.ok()) return log.status();
  return Store::Open(
      std::make_unique<WatchedLog>(*std::move(log), metrics, health), history);
}

}  // namespace kv
