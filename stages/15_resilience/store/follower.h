// Follows a shared log, so that watchers and stale reads soon see what other
// servers have appended.
#ifndef STORE_FOLLOWER_H_
#define STORE_FOLLOWER_H_

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/log.h"

namespace kv {

/// A thread that receives changes. If that breaks, it begins again, after a
/// random wait that grows up to a second.
class Follower final {
 public:
  /// `log` must outlive the follower. `receive` is called by the thread.
  Follower(DurableLog& log, DurableLog::Receive receive);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  /// Call DurableLog::Stop() before.
  ~Follower();

 private:
  void Run();

  DurableLog& log_;
  const DurableLog::Receive receive_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace kv

#endif  // STORE_FOLLOWER_H_
