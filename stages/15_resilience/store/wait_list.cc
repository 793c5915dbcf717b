#include "store/wait_list.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace kv {
namespace {

// How many of a group are woken before the next group has its turn. Otherwise
// a group of one would have to wait for a group of ten thousand.
constexpr std::size_t kPiece = 64;

std::size_t CommonPrefix(std::string_view a, std::string_view b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(differ.first - a.begin());
}

}  // namespace

WaitList::WaitList() : waking_([this] { WakePieces(); }) {}

WaitList::~WaitList() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_one();
  waking_.join();
}

bool WaitList::Add(Waiter& waiter, const std::string& prefix) {
  const std::lock_guard lock(mutex_);
  if (waiter.stopped_) return false;
  std::unique_ptr<Group>& group = waiting_[prefix];
  if (group == nullptr) {
    group = std::make_unique<Group>();
    group->prefix = prefix;
  }
  waiter.group_ = group.get();
  waiter.place_ = group->waiters.insert(group->waiters.end(), &waiter);
  return true;
}

bool WaitList::Stop(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  waiter.stopped_ = true;
  Group* const group = waiter.group_;
  if (group == nullptr || group->woken) return false;
  group->waiters.erase(waiter.place_);
  waiter.group_ = nullptr;
  if (group->waiters.empty()) waiting_.erase(waiting_.find(group->prefix));
  return true;
}

// [changed]
void WaitList::Changed(std::string_view key, std::int64_t revision) {
  const std::lock_guard lock(mutex_);
  // Finds the prefixes of `key`, the longest first. None is greater than the
  // key. So we look at the greatest group that is not greater, and shorten the
  // key to what the two have in common.
  for (;;) {
    auto at = waiting_.upper_bound(key);
    if (at == waiting_.begin()) return;
    --at;
    const std::size_t common = CommonPrefix(key, at->first);
    const bool is_prefix = common == at->first.size();
    if (is_prefix) Hand(at, revision);
    if (is_prefix && common == 0) return;
    key = key.substr(0, is_prefix ? common - 1 : common);
  }
}
// [changed]

void WaitList::WakeAll() {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) Hand(waiting_.begin(), 0);
}

// Hands a group over to the thread. Needs the lock.
void WaitList::Hand(Groups::iterator at, std::int64_t revision) {
  at->second->revision = revision;
  at->second->woken = true;
  woken_.push_back(std::move(at->second));
  waiting_.erase(at);
  changed_.notify_one();
}

// [pieces]
void WaitList::WakePieces() {
  std::vector<Waiter*> piece;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !woken_.empty(); });
    if (woken_.empty()) return;
    std::unique_ptr<Group> group = std::move(woken_.front());
    woken_.pop_front();
    const std::int64_t revision = group->revision;
    while (!group->waiters.empty() && piece.size() < kPiece) {
      piece.push_back(group->waiters.front());
      piece.back()->group_ = nullptr;
      group->waiters.pop_front();
    }
    if (!group->waiters.empty()) woken_.push_back(std::move(group));
    lock.unlock();
    for (Waiter* const waiter : piece) waiter->Wake(revision);
    piece.clear();
    lock.lock();
  }
}
// [pieces]

}  // namespace kv
