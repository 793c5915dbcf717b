#include "store/committer.h"

#include <algorithm>

namespace kv {

Committer::Committer(Amount limit, std::function<void(Group)> commit)
    : limit_(limit), commit_(std::move(commit)), thread_([this] { Run(); }) {}

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
    Group group = Take();
    lock.unlock();  // meanwhile the next group gathers
    commit_(std::move(group));
    lock.lock();
  }
}
// [run]

// Takes as many writes as fit. Needs the lock.
Group Committer::Take() {
  Group group;
  Amount left = limit_;
  while (!waiting_.empty()) {
    const Amount next = waiting_.front()->amount();
    if (!group.empty() &&
        (next.changes > left.changes || next.bytes > left.bytes)) {
      break;
    }
    left.changes -= std::min(next.changes, left.changes);
    left.bytes -= std::min(next.bytes, left.bytes);
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return group;
}

}  // namespace kv
