#include "store/follower.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace kv {

Follower::Follower(DurableLog& log, DurableLog::Receive receive)
    : log_(log), receive_(std::move(receive)), thread_([this] { Run(); }) {}

Follower::~Follower() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

// [run]
void Follower::Run() {
  using Milliseconds = std::chrono::milliseconds;
  std::minstd_rand random(std::random_device{}());
  int most = 50;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    // Nothing is lost when it breaks: the next one begins with a question.
    log_.Follow([&](std::vector<Change> changes) {
          if (!changes.empty()) most = 50;
          receive_(std::move(changes));
        })
        .IgnoreError();
    lock.lock();
    const Milliseconds wait(
        std::uniform_int_distribution<int>(most / 2, most)(random));
    most = std::min(most * 2, 1000);
    changed_.wait_for(lock, wait, [this] { return stopped_; });
  }
}
// [run]

}  // namespace kv
