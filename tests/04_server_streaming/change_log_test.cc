// What the change log promises to watchers.
#include "store/change_log.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

namespace change_log_test {

using absl::StatusCode;
using kv::Change;
using kv::ChangeLog;
using kv::Entry;

ChangeLog::Clock::time_point Now() { return ChangeLog::Clock::now(); }
// Limits how long a failing test waits; a passing one never waits this long.
ChangeLog::Clock::time_point Soon() { return Now() + std::chrono::minutes(1); }

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

TEST(ChangeLog, AWatchFromNowSeesWhatComesLater) {
  ChangeLog log(10);
  log.Append({Put("a", 1)});
  auto watcher = log.Watch("", std::nullopt);
  EXPECT_EQ(watcher->revision(), 1);
  EXPECT_EQ(Seen(watcher->Next(Now())), Strings());
  log.Append({Put("b", 2), Put("c", 3)});
  EXPECT_EQ(Seen(watcher->Next(Soon())), Strings({"b 2", "c 3"}));
  EXPECT_EQ(watcher->revision(), 3);
  EXPECT_EQ(Seen(watcher->Next(Now())), Strings());
}

TEST(ChangeLog, AWatchFromARevisionSeesWhatFollowedIt) {
  ChangeLog log(10);
  log.Append({Put("a", 1), Put("b", 2), Put("c", 3)});
  EXPECT_EQ(Seen(log.Watch("", 1)->Next(Now())), Strings({"b 2", "c 3"}));
  EXPECT_EQ(Seen(log.Watch("", 3)->Next(Now())), Strings());
}

TEST(ChangeLog, OnlyChangesUnderThePrefixAreSeen) {
  ChangeLog log(10);
  auto watcher = log.Watch("city/", std::nullopt);
  log.Append({Put("city", 1), Put("city/a", 2), Put("d", 3)});
  EXPECT_EQ(Seen(watcher->Next(Soon())), Strings({"city/a 2"}));
  EXPECT_EQ(watcher->revision(), 3) << "the others are behind it, too";
  log.Append({Put("d", 4)});
  EXPECT_EQ(Seen(watcher->Next(Now())), Strings());
  EXPECT_EQ(watcher->revision(), 4);
}

TEST(ChangeLog, AChangeWakesTheOneWhoWaits) {
  ChangeLog log(10);
  auto watcher = log.Watch("", std::nullopt);
  auto next = std::async(std::launch::async,
                         [&] { return Seen(watcher->Next(Soon())); });
  log.Append({Put("a", 1)});
  EXPECT_EQ(next.get(), Strings({"a 1"}));
}

TEST(ChangeLog, MoreThanABatchComesInOrder) {
  ChangeLog log(10'000);
  auto watcher = log.Watch("", std::nullopt);
  std::int64_t revision = 0;
  for (int i = 0; i < 1000; ++i) log.Append({Put("a", ++revision)});
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

TEST(ChangeLog, OnlySoManyChangesAreKept) {
  ChangeLog log(2);
  auto slow = log.Watch("", std::nullopt);
  log.Append({Put("a", 1), Put("b", 2), Put("c", 3)});

  const auto lost = slow->Next(Soon());
  EXPECT_EQ(lost.status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(lost.status().message(),
            "the changes after revision 0 are no longer kept: list again, then "
            "watch after revision 1");
  EXPECT_EQ(Seen(log.Watch("", 1)->Next(Now())), Strings({"b 2", "c 3"}));
  // 0 is "from now on", so nobody can ask for what was lost; 1 is the last one
  // that can be.
  log.Append({Put("d", 4)});
  EXPECT_EQ(log.Watch("", 1).status().code(), StatusCode::kOutOfRange);
}

TEST(ChangeLog, OnlySoManyBytesAreKept) {
  ChangeLog log(1000);
  const std::string half(ChangeLog::kMaxBytes / 2, 'x');
  log.Append({Put("", 1, half)});
  log.Append({Put("", 2, half)});
  EXPECT_TRUE(log.Watch("", 1).ok());
  log.Append({Put("k", 3)});  // one byte too many
  EXPECT_FALSE(log.Watch("", 1)->Next(Now())->empty());
  log.Append({Put("", 4, half)});
  EXPECT_EQ(log.Watch("", 1).status().code(), StatusCode::kOutOfRange);
}

TEST(ChangeLog, ARevisionAheadIsRefused) {
  ChangeLog log(10);
  log.Append({Put("a", 1)});
  EXPECT_EQ(log.Watch("", 2).status().message(),
            "revision 2 is ahead of the store: list again, then watch after "
            "revision 1");
  EXPECT_EQ(log.Watch("", 2).status().code(), StatusCode::kOutOfRange);
}

TEST(ChangeLog, CloseEndsThoseWhoWaitAndThoseToCome) {
  ChangeLog log(10);
  auto watcher = log.Watch("", std::nullopt);
  auto next = std::async(std::launch::async,
                         [&] { return watcher->Next(Soon()).status().code(); });
  log.Close();
  EXPECT_EQ(next.get(), StatusCode::kUnavailable);
  EXPECT_EQ(log.Watch("", std::nullopt).status().code(),
            StatusCode::kUnavailable);
}

TEST(ChangeLog, AWatcherKeepsNothingAlive) {
  ChangeLog log(1);
  const auto watcher = log.Watch("", std::nullopt);
  auto entry = std::make_shared<Entry>(Entry{"a", "1", 1});
  const std::weak_ptr<const Entry> seen = entry;
  log.Append({{false, std::move(entry)}});
  auto gone = log.Append({Put("b", 2)});
  EXPECT_FALSE(seen.expired()) << "to be freed when the caller likes";
  gone.clear();
  EXPECT_TRUE(seen.expired());
}

}  // namespace change_log_test
