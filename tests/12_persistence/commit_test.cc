// Group commit: what is visible when, what is decided against what, and what is
// left when the log can't be written.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "kept_log.h"
#include "store/cause.h"
#include "store/store.h"

namespace persistence_test {

class Committed : public testing::Test {
 protected:
  std::string ValueOf(const std::string& key) {
    const auto entry = store_->Get(key);
    return entry.ok() ? entry->value : "";
  }

  Disk disk_;
  std::unique_ptr<kv::Store> store_ =
      *kv::Store::Open(std::make_unique<KeptLog>(disk_));
};

TEST_F(Committed, AWriteIsVisibleOnlyWhenItIsDurable) {
  const auto watcher = *store_->Watch("", std::nullopt);
  disk_.Hold();
  auto put = Put(*store_, "a", "1");
  disk_.WaitUntilHeld();
  EXPECT_FALSE(put.there());
  EXPECT_EQ(ValueOf("a"), "");
  EXPECT_TRUE(store_->List("", 0)->empty());
  EXPECT_TRUE(watcher->Next()->empty());
  disk_.Release();
  EXPECT_EQ(*put.Get(), 1);
  EXPECT_EQ(ValueOf("a"), "1");
  EXPECT_EQ(watcher->Next()->size(), 1U);
}

TEST_F(Committed, WritesThatWaitShareOneAppend) {
  disk_.Hold();
  std::vector<Later<std::int64_t>> puts(4);
  puts[0] = Put(*store_, "a", "1");
  disk_.WaitUntilHeld();
  for (int i = 1; i < 4; ++i) puts[i] = Put(*store_, "a", "2");
  disk_.Release();
  std::vector<std::int64_t> revisions;
  revisions.reserve(puts.size());
  for (auto& put : puts) revisions.push_back(*put.Get());
  EXPECT_EQ(revisions, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(disk_.groups(),
            (std::vector<std::vector<std::int64_t>>{{1}, {2, 3, 4}}));
}

TEST_F(Committed, EachWriteMeetsThoseBeforeItInItsGroup) {
  disk_.Hold();
  auto first = Put(*store_, "a", "1");
  disk_.WaitUntilHeld();
  auto absent = Put(*store_, "b", "1", 0);
  auto taken = Put(*store_, "b", "2", 0);
  Later<kv::Entry> read;
  store_->GetInTurn("b", nullptr, read.done());
  Later<kv::Deletion> deletion;
  store_->Delete("b", nullptr, deletion.done());
  Later<kv::Deletion> again;
  store_->Delete("b", nullptr, again.done());
  auto after = Put(*store_, "b", "3", 0);
  Later<std::int64_t> import;
  store_->Import({{"b", "4"}, {"c", "5"}}, nullptr, import.done());
  disk_.Release();
  EXPECT_EQ(*absent.Get(), 2);
  const auto failed = taken.Get();
  EXPECT_TRUE(absl::IsFailedPrecondition(failed.status()));
  EXPECT_EQ(kv::CauseOf(failed.status()).values.at("current_revision"), "2");
  EXPECT_EQ(read.Get()->value, "1");
  EXPECT_EQ(deletion.Get()->revision, 3);
  EXPECT_FALSE(again.Get()->deleted);
  EXPECT_EQ(*after.Get(), 4);
  EXPECT_EQ(*import.Get(), 6);
  EXPECT_EQ(ValueOf("b"), "4");
  EXPECT_EQ(store_->List("", 0)->size(), 3U);
}

// The draft had an entry that never became one, so the answer to the second Put
// would name a revision that does not exist.
TEST_F(Committed, IfNothingIsStoredNoResultOfTheGroupIsTold) {
  const auto watcher = *store_->Watch("", std::nullopt);
  ASSERT_TRUE(Put(*store_, "kept", "1").Get().ok());
  disk_.Hold();
  auto first = Put(*store_, "a", "1");
  disk_.WaitUntilHeld();
  auto second = Put(*store_, "b", "1", 0);
  auto third = Put(*store_, "b", "2", 0);
  disk_.Answer(absl::UnavailableError("full"));
  disk_.Release();
  for (auto* put : {&first, &second, &third}) {
    EXPECT_TRUE(absl::IsUnavailable(put->Get().status()));
  }
  EXPECT_EQ(ValueOf("kept"), "1");
  EXPECT_EQ(store_->List("", 0)->size(), 1U);
  disk_.Answer(absl::OkStatus());
  EXPECT_EQ(*Put(*store_, "b", "3", 0).Get(), 2);
  const auto changes = *watcher->Next();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].entry->value, "3");
}

TEST_F(Committed, AGroupWithoutChangesNeedsNoDisk) {
  disk_.Answer(absl::UnavailableError("full"));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(Put(*store_, "a", "1", 7).Get().status()));
  Later<kv::Deletion> deletion;
  store_->Delete("a", nullptr, deletion.done());
  EXPECT_FALSE(deletion.Get()->deleted);
  EXPECT_TRUE(disk_.groups().empty());
}

// It is asked when its turn comes: a call may end while it waits.
TEST_F(Committed, AWriteWhoseCallIsOverDoesNothing) {
  disk_.Hold();
  auto first = Put(*store_, "a", "1");
  disk_.WaitUntilHeld();
  std::atomic<bool> over = false;
  Later<std::int64_t> late;
  store_->Put(
      "a", "2", std::nullopt, [&over] { return over.load(); }, late.done());
  auto third = Put(*store_, "b", "3");
  over = true;
  disk_.Release();
  EXPECT_TRUE(absl::IsCancelled(late.Get().status()));
  EXPECT_EQ(*third.Get(), 2);
  EXPECT_EQ(ValueOf("a"), "1");
}

TEST_F(Committed, TheDestructorWaitsForAllWrites) {
  disk_.Hold();
  std::vector<Later<std::int64_t>> puts;
  puts.push_back(Put(*store_, "a", "1"));
  disk_.WaitUntilHeld();
  puts.push_back(Put(*store_, "a", "2"));
  std::thread gone([this] { store_.reset(); });
  disk_.Release();
  gone.join();
  for (auto& put : puts) {
    ASSERT_TRUE(put.there());
    EXPECT_TRUE(put.Get().ok());
  }
}

// Without a log the writes of all threads are decided one after the other.
TEST(InMemory, AWriteIsDoneWhenItReturns) {
  kv::Store store;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&store] {
      for (int j = 0; j < 1000; ++j) {
        auto put = Put(store, "a", "1");
        ASSERT_TRUE(put.there());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store.Get("a")->revision, 4000);
  EXPECT_NE(store.id(), kv::Store().id());
}

}  // namespace persistence_test
