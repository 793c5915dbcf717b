// What the store's List and Watch promise.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"

namespace list_test {

std::vector<std::string> Keys(const kv::Store& store, const std::string& prefix,
                              std::size_t limit = 0) {
  const auto entries = store.List(prefix, limit);
  std::vector<std::string> keys;
  keys.reserve(entries.size());
  for (const auto& entry : entries) keys.push_back(entry->key);
  return keys;
}

using Strings = std::vector<std::string>;

TEST(List, IsInOrderOfBytesAndUnderThePrefix) {
  kv::Store store;
  for (const char* key : {"b", "a/2", "\xc3\xa4", "a/10", "a", "a0", "Z"}) {
    ASSERT_TRUE(store.Put(key, "").ok());
  }
  EXPECT_EQ(Keys(store, ""),
            Strings({"Z", "a", "a/10", "a/2", "a0", "b", "\xc3\xa4"}));
  EXPECT_EQ(Keys(store, "a/"), Strings({"a/10", "a/2"}));
  EXPECT_EQ(Keys(store, "c"), Strings());
  EXPECT_EQ(Keys(store, "", 2), Strings({"Z", "a"}));
  EXPECT_EQ(Keys(store, "a/", 2), Strings({"a/10", "a/2"}));
}

TEST(List, ShowsOneMomentWhateverHappensLater) {
  kv::Store store;
  ASSERT_TRUE(store.Put("a", "old").ok());
  ASSERT_TRUE(store.Put("b", "old").ok());
  const auto entries = store.List("", 0);
  ASSERT_TRUE(store.Put("a", "new").ok());
  store.Delete("b");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0]->value, "old");
  EXPECT_EQ(entries[0]->revision, 1);
  EXPECT_EQ(entries[1]->value, "old");
}

TEST(List, SharesTheEntriesWithTheStore) {
  kv::Store store;
  ASSERT_TRUE(store.Put("a", std::string(1 << 20, 'x')).ok());
  EXPECT_EQ(store.List("", 0)[0], store.List("", 0)[0]) << "two copies";
}

// A writer goes from key to key. So at any moment all keys up to some place are
// at round N, and those after it at round N - 1.
TEST(List, IsNeverTorn) {
  kv::Store store;
  constexpr int kKeys = 500;
  const auto round = [&](int number) {
    for (int i = 0; i < kKeys; ++i) {
      const std::string key = std::to_string(1000 + i);
      EXPECT_TRUE(store.Put(key, std::to_string(number)).ok());
    }
  };
  round(1);
  std::atomic<bool> stop = false;
  std::thread writing([&] {
    for (int number = 2; !stop; ++number) round(number);
  });
  for (int i = 0; i < 200; ++i) {
    const auto entries = store.List("", 0);
    ASSERT_EQ(entries.size(), std::size_t{kKeys});
    for (int k = 1; k < kKeys; ++k) {
      ASSERT_LE(std::stoi(entries[k]->value), std::stoi(entries[k - 1]->value));
    }
    ASSERT_LE(std::stoi(entries.front()->value),
              std::stoi(entries.back()->value) + 1);
  }
  stop = true;
  writing.join();
}

TEST(Watch, SeesWhatTheStoreDid) {
  kv::Store store;
  auto watcher = store.Watch("", std::nullopt);
  ASSERT_TRUE(store.Put("a", "1").ok());
  EXPECT_FALSE(store.Put("a", "2", 0).ok());  // refused: no change
  store.Delete("b");                          // absent: no change
  store.Delete("a");
  const auto changes = watcher->Next(kv::ChangeLog::Clock::now());
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_FALSE((*changes)[0].deleted);
  EXPECT_EQ((*changes)[0].entry->value, "1");
  EXPECT_TRUE((*changes)[1].deleted);
  EXPECT_EQ((*changes)[1].entry->key, "a");
  EXPECT_EQ((*changes)[1].entry->value, "");
  EXPECT_EQ((*changes)[1].entry->revision, 2);
}

TEST(Watch, EndsWhenWatchesAreEndedAndTheStoreGoesOn) {
  kv::Store store;
  auto watcher = store.Watch("", std::nullopt);
  store.EndWatches();
  EXPECT_EQ(watcher->Next(kv::ChangeLog::Clock::now()).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_TRUE(store.Put("a", "1").ok());
}

}  // namespace list_test
