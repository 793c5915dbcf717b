// The server's store: on an etcd cluster, in a folder, or only in memory.
#ifndef SERVER_OPEN_STORE_H_
#define SERVER_OPEN_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/health.h"
#include "server/metrics.h"
#include "server/options.h"
#include "store/store.h"

namespace kv {

/// Opens the store behind `--etcd` or in `--data`, or makes one in memory. An
/// error names what can't be used. `metrics` and `health` are told of each
/// write to it, and must outlive the store.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const ServerOptions& options,
                                                 Metrics& metrics,
                                                 ServerHealth& health);

}  // namespace kv

#endif  // SERVER_OPEN_STORE_H_
