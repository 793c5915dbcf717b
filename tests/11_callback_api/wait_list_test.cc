// Who is woken by a change, by whom, and in which order.
#include "store/wait_list.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <future>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace wait_list_test {

using kv::WaitList;

// Remembers how it was woken. A second time would end the process, because a
// promise has only one value.
class Waiter final : public WaitList::Waiter {
 public:
  explicit Waiter(std::string prefix = "") : prefix(std::move(prefix)) {}

  const std::string prefix;
  std::promise<std::int64_t> woken;

 private:
  void Wake(std::int64_t revision) override { woken.set_value(revision); }
};

// Keys and prefixes of few bytes, so that many are related.
std::string RandomKey(std::mt19937& random) {
  constexpr std::string_view kBytes("a\xff\x80\0", 4);
  std::string key;
  for (auto size = random() % 6; size > 0; --size) {
    key += kBytes[random() % kBytes.size()];
  }
  return key;
}

TEST(WaitList, WakesThosePrefixesOfTheKeyAndNoOthers) {
  std::mt19937 random(11);
  for (int round = 1; round <= 300; ++round) {
    std::deque<Waiter> waiters;
    WaitList list;  // its destructor waits for the wakes that have begun
    for (int i = 0; i < 100; ++i) {
      Waiter& waiter = waiters.emplace_back(RandomKey(random));
      ASSERT_TRUE(list.Add(waiter, waiter.prefix));
    }
    const std::string key = RandomKey(random);
    list.Changed(key, round);
    for (Waiter& waiter : waiters) {
      const bool expected = std::string_view(key).substr(
                                0, waiter.prefix.size()) == waiter.prefix;
      EXPECT_EQ(list.Stop(waiter), !expected)
          << testing::PrintToString(waiter.prefix) << " and "
          << testing::PrintToString(key);
      if (expected) {
        EXPECT_EQ(waiter.woken.get_future().get(), round);
      }
    }
  }
}

// [race]
// Each waiter is either stopped or woken, never both and never neither.
TEST(WaitList, StopsOrWakes) {
  constexpr int kOfEach = 500;
  std::deque<Waiter> waiters;
  int stopped = 0;
  int woken = 0;
  WaitList list;
  std::atomic<bool> done = false;
  std::thread changing([&] {
    while (!done) list.Changed("key", 1);
  });
  while (stopped < kOfEach || woken < kOfEach) {
    Waiter& waiter = waiters.emplace_back("k");
    ASSERT_TRUE(list.Add(waiter, waiter.prefix));
    if (waiters.size() % 2 == 0) std::this_thread::yield();
    if (list.Stop(waiter)) {
      ++stopped;
      waiter.woken.set_value(0);  // so that a wake would end the process
    } else {
      ++woken;
      waiter.woken.get_future().wait();
    }
  }
  done = true;
  changing.join();
}
// [race]

TEST(WaitList, DoesNotAddWhatWasStopped) {
  Waiter waiter;
  WaitList list;
  EXPECT_FALSE(list.Stop(waiter)) << "it does not wait";
  EXPECT_FALSE(list.Add(waiter, ""));
  list.WakeAll();
}

TEST(WaitList, WakesAll) {
  std::deque<Waiter> waiters;
  WaitList list;
  for (const char* const prefix : {"", "a", "b", "b"}) {
    list.Add(waiters.emplace_back(), prefix);
  }
  list.WakeAll();
  for (Waiter& waiter : waiters) {
    EXPECT_EQ(waiter.woken.get_future().get(), 0);
  }
}

// Blocks the list's thread, which a wake must not do.
class Gate final : public WaitList::Waiter {
 public:
  void Open() { open_.set_value(); }
  void WaitUntilReached() { reached_.get_future().wait(); }

 private:
  void Wake(std::int64_t /*revision*/) override {
    reached_.set_value();
    open_.get_future().wait();
  }
  std::promise<void> reached_;
  std::promise<void> open_;
};

// Remembers how many were woken before it.
class Numbered final : public WaitList::Waiter {
 public:
  explicit Numbered(int& count) : count_(count) {}
  std::promise<int> before;

 private:
  void Wake(std::int64_t /*revision*/) override { before.set_value(count_++); }
  int& count_;  // of the list's thread
};

// [pieces]
TEST(WaitList, OneThatIsAloneDoesNotWaitForThousands) {
  int count = 0;
  std::deque<Numbered> many;
  Numbered alone(count);
  Gate gate;
  WaitList list;
  list.Add(gate, "gate");
  list.Changed("gate", 1);
  gate.WaitUntilReached();  // so that both changes come before any wake
  for (int i = 0; i < 5000; ++i) list.Add(many.emplace_back(count), "many/");
  list.Add(alone, "alone/");
  list.Changed("many/a", 2);
  list.Changed("alone/a", 3);
  gate.Open();
  EXPECT_LE(alone.before.get_future().get(), 100);
  for (Numbered& one : many) one.before.get_future().wait();
}
// [pieces]

}  // namespace wait_list_test
