// What the history promises to those who watch.
#include "history.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

namespace {

using absl::StatusCode;
using kv::Change;
using kv::Entry;
using kv::History;

History::Clock::time_point Now() { return History::Clock::now(); }
// Bounds a failure; a test that passes never waits so long.
History::Clock::time_point Soon() { return Now() + std::chrono::minutes(1); }

Change Put(const std::string& key, std::int64_t revision,
           const std::string& value = "") {
  return {false, std::make_shared<Entry>(Entry{key, value, revision})};
}

// "key revision" of each.
std::vector<std::string> Seen(const absl::StatusOr<std::vector<Change>>& all) {
  std::vector<std::string> seen;
  if (!all.ok()) return {std::string(all.status().message())};
  seen.reserve(all->size());
  for (const Change& change : *all) {
    seen.push_back(change.entry->key + " " +
                   std::to_string(change.entry->revision));
  }
  return seen;
}

using Strings = std::vector<std::string>;

TEST(History, AWatchFromNowSeesWhatComesLater) {
  History history(10);
  history.Append({Put("a", 1)});
  auto watcher = history.Watch("", 0);
  EXPECT_EQ(watcher->revision(), 1);
  EXPECT_EQ(Seen(watcher->Next(Now())), Strings());
  history.Append({Put("b", 2), Put("c", 3)});
  EXPECT_EQ(Seen(watcher->Next(Soon())), Strings({"b 2", "c 3"}));
  EXPECT_EQ(watcher->revision(), 3);
  EXPECT_EQ(Seen(watcher->Next(Now())), Strings());
}

TEST(History, AWatchFromARevisionSeesWhatFollowedIt) {
  History history(10);
  history.Append({Put("a", 1), Put("b", 2), Put("c", 3)});
  EXPECT_EQ(Seen(history.Watch("", 1)->Next(Now())), Strings({"b 2", "c 3"}));
  EXPECT_EQ(Seen(history.Watch("", 3)->Next(Now())), Strings());
}

TEST(History, OnlyChangesUnderThePrefixAreSeen) {
  History history(10);
  auto watcher = history.Watch("city/", 0);
  history.Append({Put("city", 1), Put("city/a", 2), Put("d", 3)});
  EXPECT_EQ(Seen(watcher->Next(Soon())), Strings({"city/a 2"}));
  EXPECT_EQ(watcher->revision(), 3) << "the others are behind it, too";
  history.Append({Put("d", 4)});
  EXPECT_EQ(Seen(watcher->Next(Now())), Strings());
  EXPECT_EQ(watcher->revision(), 4);
}

TEST(History, AChangeWakesTheOneWhoWaits) {
  History history(10);
  auto watcher = history.Watch("", 0);
  auto next = std::async(std::launch::async,
                         [&] { return Seen(watcher->Next(Soon())); });
  history.Append({Put("a", 1)});
  EXPECT_EQ(next.get(), Strings({"a 1"}));
}

TEST(History, MoreThanABatchComesInOrder) {
  History history(10'000);
  auto watcher = history.Watch("", 0);
  std::int64_t revision = 0;
  for (int i = 0; i < 1000; ++i) history.Append({Put("a", ++revision)});
  std::int64_t last = 0;
  while (last < revision) {
    const auto changes = watcher->Next(Now());
    ASSERT_TRUE(changes.ok());
    ASSERT_FALSE(changes->empty());
    for (const Change& change : *changes) {
      ASSERT_EQ(change.entry->revision, ++last);
    }
  }
}

TEST(History, OnlySoManyChangesAreKept) {
  History history(2);
  auto slow = history.Watch("", 0);
  history.Append({Put("a", 1), Put("b", 2), Put("c", 3)});

  const auto lost = slow->Next(Soon());
  EXPECT_EQ(lost.status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(lost.status().message(),
            "the changes after revision 0 are no longer kept: list again, then "
            "watch after revision 1");
  EXPECT_EQ(Seen(history.Watch("", 1)->Next(Now())), Strings({"b 2", "c 3"}));
  // 0 is "from now on", so nobody can ask for what was lost; 1 is the last one
  // that can be.
  history.Append({Put("d", 4)});
  EXPECT_EQ(history.Watch("", 1).status().code(), StatusCode::kOutOfRange);
}

TEST(History, OnlySoManyBytesAreKept) {
  History history(1000);
  const std::string half(History::kMaxBytes / 2, 'x');
  history.Append({Put("", 1, half)});
  history.Append({Put("", 2, half)});
  EXPECT_TRUE(history.Watch("", 1).ok());
  history.Append({Put("k", 3)});  // one byte too many
  EXPECT_FALSE(history.Watch("", 1)->Next(Now())->empty());
  history.Append({Put("", 4, half)});
  EXPECT_EQ(history.Watch("", 1).status().code(), StatusCode::kOutOfRange);
}

TEST(History, ARevisionAheadIsRefused) {
  History history(10);
  history.Append({Put("a", 1)});
  EXPECT_EQ(history.Watch("", 2).status().message(),
            "revision 2 is ahead of the store: list again, then watch after "
            "revision 1");
  EXPECT_EQ(history.Watch("", 2).status().code(), StatusCode::kOutOfRange);
}

TEST(History, CloseEndsThoseWhoWaitAndThoseToCome) {
  History history(10);
  auto watcher = history.Watch("", 0);
  auto next = std::async(std::launch::async,
                         [&] { return watcher->Next(Soon()).status().code(); });
  history.Close();
  EXPECT_EQ(next.get(), StatusCode::kUnavailable);
  EXPECT_EQ(history.Watch("", 0).status().code(), StatusCode::kUnavailable);
}

TEST(History, AWatcherKeepsNothingAlive) {
  History history(1);
  const auto watcher = history.Watch("", 0);
  auto entry = std::make_shared<Entry>(Entry{"a", "1", 1});
  const std::weak_ptr<const Entry> seen = entry;
  history.Append({{false, std::move(entry)}});
  auto gone = history.Append({Put("b", 2)});
  EXPECT_FALSE(seen.expired()) << "to be freed when the caller likes";
  gone.clear();
  EXPECT_TRUE(seen.expired());
}

}  // namespace
