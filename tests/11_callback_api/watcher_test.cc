// A watcher is a position in the log and a wake-up.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "store/store.h"

namespace watcher_test {

std::unique_ptr<kv::Watcher> Watch(const kv::Store& store,
                                   const std::string& prefix) {
  auto watcher = store.Watch(prefix, std::nullopt);
  EXPECT_TRUE(watcher.ok()) << watcher.status();
  return *std::move(watcher);
}

// The keys of the next changes.
std::string Next(kv::Watcher& watcher) {
  const auto changes = watcher.Next();
  EXPECT_TRUE(changes.ok()) << changes.status();
  std::string keys;
  for (const kv::Change& change : *changes) keys += change.entry->key + " ";
  return keys;
}

TEST(Watcher, DoesNotWaitForWhatIsThere) {
  kv::Store store;
  const auto watcher = Watch(store, "");
  ASSERT_TRUE(store.Put("a", "").ok());
  EXPECT_FALSE(watcher->Wait([] { ADD_FAILURE() << "woken"; }));
  EXPECT_EQ(Next(*watcher), "a ");
}

TEST(Watcher, IsWokenByAChangeUnderItsPrefix) {
  kv::Store store;
  const auto watcher = Watch(store, "a/");
  std::promise<void> woken;
  ASSERT_TRUE(watcher->Wait([&woken] { woken.set_value(); }));
  ASSERT_TRUE(store.Put("b/1", "").ok());  // a second wake would throw
  ASSERT_TRUE(store.Put("a/1", "").ok());
  ASSERT_TRUE(store.Put("a/2", "").ok());
  woken.get_future().wait();
  EXPECT_EQ(Next(*watcher), "a/1 a/2 ");
}

TEST(Watcher, OfAQuietPrefixDoesNotFallBehindWhileItWaits) {
  kv::Store store(/*max_changes=*/10);
  const auto watcher = Watch(store, "quiet/");
  std::promise<void> woken;
  ASSERT_TRUE(watcher->Wait([&woken] { woken.set_value(); }));
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(store.Put("loud", "").ok());
  ASSERT_TRUE(store.Put("quiet/a", "").ok());
  woken.get_future().wait();
  EXPECT_EQ(Next(*watcher), "quiet/a ");
}

// What it returns stays in memory until the client has read it.
TEST(Watcher, ReturnsLittleAtATime) {
  kv::Store store;
  const auto watcher = Watch(store, "");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store.Put("a", std::string(40 << 10, 'x')).ok());
  }
  EXPECT_EQ(Next(*watcher), "a a ");
  EXPECT_EQ(Next(*watcher), "a ");
}

TEST(Watcher, IsCancelledAfterStop) {
  kv::Store store;
  const auto watcher = Watch(store, "");
  ASSERT_TRUE(watcher->Wait([] { ADD_FAILURE() << "woken"; }));
  EXPECT_TRUE(watcher->Stop());
  EXPECT_FALSE(watcher->Stop()) << "it no longer waits";
  ASSERT_TRUE(store.Put("a", "").ok());
  EXPECT_TRUE(absl::IsCancelled(watcher->Next().status()));
  EXPECT_FALSE(watcher->Wait(nullptr));
}

TEST(Watcher, IsWokenWhenTheStoreEndsItsWatches) {
  kv::Store store;
  const auto watcher = Watch(store, "a");
  std::promise<void> woken;
  ASSERT_TRUE(watcher->Wait([&woken] { woken.set_value(); }));
  store.EndWatches();
  woken.get_future().wait();
  EXPECT_TRUE(absl::IsUnavailable(watcher->Next().status()));
  EXPECT_FALSE(watcher->Wait(nullptr));
}

TEST(Put, ReturnsWhileAWakeBlocks) {
  std::promise<void> woken;
  std::promise<void> go_on;
  kv::Store store;  // its destructor waits for the wake
  const auto watcher = Watch(store, "");
  ASSERT_TRUE(watcher->Wait([&] {
    woken.set_value();
    go_on.get_future().wait();
  }));
  ASSERT_TRUE(store.Put("a", "").ok());
  woken.get_future().wait();
  ASSERT_TRUE(store.Put("b", "").ok());
  go_on.set_value();
}

}  // namespace watcher_test
