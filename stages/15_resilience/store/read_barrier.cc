#include "store/read_barrier.h"

#include <utility>

namespace kv {

ReadBarrier::ReadBarrier(std::function<absl::Status()> ask)
    : ask_(std::move(ask)), thread_([this] { Run(); }) {}

ReadBarrier::~ReadBarrier() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ReadBarrier::Wait(Then then) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(then));
  }
  changed_.notify_one();
}

// [run]
void ReadBarrier::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::vector<Then> these = std::exchange(waiting_, {});
    lock.unlock();  // meanwhile the next reads gather
    const absl::Status current = ask_();
    for (const Then& then : these) then(current);
    lock.lock();
  }
}
// [run]

}  // namespace kv
