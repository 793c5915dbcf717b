#include "store/committer.h"

namespace kv {

Committer::Committer(std::function<void(Group)> commit)
    : commit_(std::move(commit)), thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Committer::Add(std::unique_ptr<Write> write) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(write));
  }
  changed_.notify_one();
}

// [run]
void Committer::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Group group = std::exchange(waiting_, {});
    lock.unlock();  // meanwhile the next group gathers
    commit_(std::move(group));
    lock.lock();
  }
}
// [run]

}  // namespace kv
