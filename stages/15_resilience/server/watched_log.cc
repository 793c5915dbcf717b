#include "server/watched_log.h"

#include "absl/time/clock.h"

namespace kv {

// [append]
absl::StatusOr<std::vector<Change>> WatchedLog::Append(
    const std::vector<Change>& changes, std::int64_t forget) {
  using Writes = ServerHealth::Writes;
  const absl::Time begun = absl::Now();
  auto others = log_->Append(changes, forget);
  // If other servers were faster, nothing was written, and nothing is wrong.
  if (others.ok() && !others->empty()) return others;
  metrics_.Committed(changes.size(), absl::Now() - begun, others.status());
  if (absl::IsUnavailable(others.status())) {
    health_.SetWrites(Writes::kFail);
  } else if (others.ok() && !changes.empty()) {
    health_.SetWrites(Writes::kWork);
  }
  return others;
}
// [append]

}  // namespace kv
