#include "store/etcd_retry.h"

namespace kv {

// Returns false if it is too late for another attempt.
bool EtcdRetry::Wait(Clock::time_point until, int attempt) {
  std::unique_lock lock(mutex_);
  const int most = 25 << std::min(attempt, 5);  // milliseconds, up to 0.8 s
  const auto next =
      Clock::now() + Etcd::Milliseconds(std::uniform_int_distribution<int>(
                         most / 2, most)(random_));
  if (next >= until) return false;
  return !changed_.wait_until(lock, next, [this] { return stopped_; });
}

void EtcdRetry::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace kv
