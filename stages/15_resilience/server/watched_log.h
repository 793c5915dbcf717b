// Stands between the store and its log: measures each append, and tells the
// server's health whether the disk takes writes.
#ifndef SERVER_WATCHED_LOG_H_
#define SERVER_WATCHED_LOG_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/health.h"
#include "server/metrics.h"
#include "store/log.h"

namespace kv {

/// See DurableLog. All results are those of the log behind it.
class WatchedLog final : public DurableLog {
 public:
  /// `metrics` and `health` must outlive the log.
  WatchedLog(std::unique_ptr<DurableLog> log, Metrics& metrics,
             ServerHealth& health)
      : log_(std::move(log)), metrics_(metrics), health_(health) {}

  absl::StatusOr<Content> Load() override { return log_->Load(); }
  absl::StatusOr<std::vector<Change>> Append(const std::vector<Change>& changes,
                                             std::int64_t forget) override;
  Amount limit() const override { return log_->limit(); }
  bool shared() const override { return log_->shared(); }
  absl::StatusOr<Tail> ReadAfter(std::int64_t revision) override {
    return log_->ReadAfter(revision);
  }
  absl::Status Follow(const Receive& receive) override {
    return log_->Follow(receive);
  }
  void Stop() override { log_->Stop(); }

 private:
  const std::unique_ptr<DurableLog> log_;
  Metrics& metrics_;
  ServerHealth& health_;
};

}  // namespace kv

#endif  // SERVER_WATCHED_LOG_H_
