#include "server/open_store.h"

#include <cstddef>
#include <utility>

#include "store/sqlite_log.h"

namespace kv {

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const ServerOptions& options) {
  const auto history = static_cast<std::size_t>(options.history);
  if (options.data.empty()) return std::make_unique<Store>(history);
  auto log = SqliteLog::Open(options.data);
  if (!log.ok()) return log.status();
  return Store::Open(*std::move(log), history);
}

}  // namespace kv
