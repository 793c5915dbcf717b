// The watchers that wait for a change, grouped by prefix, and the thread that
// wakes them.
//
// A Put must not become slower with every watcher. Changed() takes as long for
// ten thousand waiters as for one: it looks up the prefixes of one key, and
// hands each group over as a whole. The thread then wakes a few waiters of each
// group in turn.
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

/// Thread-safe. When it is destroyed, no waiter may be waiting.
class WaitList final {
  struct Group;

 public:
  /// Something that can wait. Its owner must not destroy it while it waits.
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
    /// 0 after WakeAll(). It must not block, because it delays all other
    /// waiters. It may destroy the waiter.
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

  /// Ends the wait, if there is one; from now on Add() returns false. Returns
  /// whether `waiter` was waiting: then Wake() is not called. Otherwise Wake()
  /// has been called or soon will be, or there was no wait.
  bool Stop(Waiter& waiter);

  /// Wakes all that wait for a prefix of `key`, on the list's thread.
  void Changed(std::string_view key, std::int64_t revision);

  /// Wakes all waiters, on the list's thread, with revision 0.
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
