#include "server/watched_log.h"

#include "absl/time/clock.h"

namespace kv {

// [append]
absl::Status WatchedLog::Append(const std::vector<Change>& changes,
                                std::int64_t forget) {
  const absl::Time begun = absl::Now();
  absl::Status done = log_->Append(changes, forget);
  metrics_.Committed(changes.size(), absl::Now() - begun, done);
  using Writes = ServerHealth::Writes;
  health_.SetWrites(done.ok() ? Writes::kWork : Writes::kFail);
  return done;
}
// [append]

}  // namespace kv
