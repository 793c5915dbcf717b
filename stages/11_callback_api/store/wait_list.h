// Those who wait for a change, by prefix, and the thread that wakes them.
//
// A Put must not pay for those who wait. Changed() costs the same for one
// waiter and for ten thousand: it looks up the prefixes of one key, and hands
// over all that wait for such a prefix at once. The thread then wakes a few of
// them at a time.
#ifndef STORE_WAIT_LIST_H_
#define STORE_WAIT_LIST_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace kv {

/// Thread-safe. Nobody may wait any more when it is destroyed.
class WaitList final {
  struct Group;

 public:
  /// Something that waits, or can. Its owner must not destroy it while it
  /// waits.
  class Waiter {
   public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// Whether Stop() was called.
    bool stopped() const { return stopped_; }

   protected:
    ~Waiter() = default;

   private:
    friend class WaitList;
    /// Called once for each Add(), on the list's thread, with no lock held.
    /// `revision` is that of the first change under the prefix since Add(), or
    /// 0 after WakeAll(). It must not block: others wait behind it. It may end
    /// with its own destruction.
    virtual void Wake(std::int64_t revision) = 0;

    std::atomic<bool> stopped_ = false;
    Group* group_ = nullptr;  // null unless it waits
    std::list<Waiter*>::iterator place_;
  };

  WaitList();
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList();

  /// Wakes `waiter` at the next change of a key that starts with `prefix`.
  /// Returns false, and does nothing, after Stop().
  bool Add(Waiter& waiter, const std::string& prefix);

  /// Ends the wait, if there is one, and those that would follow. Returns
  /// whether `waiter` was waiting; then nobody wakes it any more. Otherwise it
  /// has been woken, or will be soon, or does not wait.
  bool Stop(Waiter& waiter);

  /// Wakes those who wait for a prefix of `key`, but not in this thread.
  void Changed(std::string_view key, std::int64_t revision);

  /// Wakes everybody, but not in this thread.
  void WakeAll();

 private:
  // All that wait for one prefix.
  struct Group {
    std::string prefix;
    std::list<Waiter*> waiters;
    std::int64_t revision = 0;  // of the change that wakes them
    bool woken = false;         // whether it is in woken_
  };
  using Groups = std::map<std::string, std::unique_ptr<Group>, std::less<>>;

  void Hand(Groups::iterator at, std::int64_t revision);
  void WakePieces();

  std::mutex mutex_;  // guards the members below, and those of the waiters
  std::condition_variable changed_;
  Groups waiting_;
  std::deque<std::unique_ptr<Group>> woken_;
  bool stopped_ = false;
  std::thread waking_;  // last: it uses the others
};

}  // namespace kv

#endif  // STORE_WAIT_LIST_H_
