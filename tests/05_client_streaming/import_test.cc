// What the store promises about many entries in one call.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "service/budget.h"
#include "store/store.h"

namespace import_test {

using Entries = std::map<std::string, std::string>;

TEST(Import, WritesAllEachWithItsOwnRevision) {
  kv::Store store;
  ASSERT_TRUE(store.Put("b", "old").ok());
  EXPECT_EQ(store.Import({{"a", "1"}, {"b", "2"}, {"c", ""}}), 4);
  EXPECT_EQ(store.Get("a")->revision, 2);
  EXPECT_EQ(store.Get("b")->revision, 3);
  EXPECT_EQ(store.Get("b")->value, "2");
  EXPECT_EQ(store.Get("c")->revision, 4);
}

TEST(Import, OfNothingChangesNothing) {
  kv::Store store;
  ASSERT_TRUE(store.Put("a", "1").ok());
  auto watcher = store.Watch("", std::nullopt);
  EXPECT_EQ(store.Import({}), 1);
  EXPECT_TRUE(watcher->Next(kv::ChangeLog::Clock::now())->empty());
}

TEST(Import, IsSeenByWatchersOnceAndInOrder) {
  kv::Store store;
  auto watcher = store.Watch("a", std::nullopt);
  store.Import({{"a1", "1"}, {"b", "2"}, {"a2", "3"}});
  const auto changes = watcher->Next(kv::ChangeLog::Clock::now());
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ((*changes)[0].entry->key, "a1");
  EXPECT_EQ((*changes)[1].entry->key, "a2");
  EXPECT_LT((*changes)[0].entry->revision, (*changes)[1].entry->revision);
}

TEST(Import, IsNeverSeenHalf) {
  kv::Store store;
  Entries entries;
  for (int i = 0; i < 300; ++i) entries[std::to_string(i)] = "0";
  store.Import(entries);
  std::atomic<bool> stop = false;
  std::thread importing([&] {
    for (int round = 1; !stop; ++round) {
      for (auto& entry : entries) entry.second = std::to_string(round);
      store.Import(entries);
    }
  });
  for (int i = 0; i < 300; ++i) {
    const auto seen = store.List("", 0);
    ASSERT_EQ(seen.size(), entries.size());
    for (const auto& entry : seen) {
      ASSERT_EQ(entry->value, seen.front()->value);
    }
  }
  stop = true;
  importing.join();
}

TEST(Budget, IsSharedAndGivenBack) {
  kv::Budget budget(10);
  kv::Budget::Share all(budget);
  {
    kv::Budget::Share some(budget);
    EXPECT_TRUE(some.Take(6));
    EXPECT_FALSE(all.Take(5)) << "there are 4 left";
    EXPECT_TRUE(all.Take(4)) << "what did not fit has taken nothing";
    EXPECT_FALSE(some.Take(1));
  }
  EXPECT_TRUE(all.Take(6));
  EXPECT_FALSE(all.Take(1));
}

TEST(Budget, IsNeverOverdrawn) {
  constexpr std::size_t kBytes = 1000;
  kv::Budget budget(kBytes);
  std::atomic<std::size_t> held = 0;
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        std::size_t mine = 0;
        kv::Budget::Share share(budget);
        while (share.Take(7)) {
          mine += 7;
          EXPECT_LE(held += 7, kBytes);
        }
        held -= mine;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(held, 0U);
}

}  // namespace import_test
