// Four writers and many watchers run for a while. Each watcher sees each change
// under its prefix once, in the order of the revisions. Run it under TSan, too.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"

namespace watchers_test {

using Clock = kv::ChangeLog::Clock;

// Revision and key of each change, in the order in which they were seen.
using Changes = std::vector<std::pair<std::int64_t, std::string>>;

constexpr int kWriters = 4;
constexpr int kWatchers = 32;
constexpr auto kFor = std::chrono::seconds(2);

std::string Key(int writer, int i) {
  return std::to_string(writer) + "/" + std::to_string(i % 7);
}

// Puts and deletes until the end, and records each change of the revision.
Changes Write(kv::Store& store, int writer, Clock::time_point end) {
  Changes done;
  for (int i = 0; Clock::now() < end; ++i) {
    const std::string key = Key(writer, i);
    if (i % 3 == 2) {
      const kv::Deletion deletion = store.Delete(key);
      if (deletion.deleted) done.emplace_back(deletion.revision, key);
    } else {
      done.emplace_back(*store.Put(key, "value"), key);
    }
  }
  return done;
}

// Watches until the last revision, which is told when it is known.
Changes Watch(kv::Watcher watcher, const std::atomic<std::int64_t>& last) {
  Changes seen;
  while (last == 0 || watcher.revision() < last) {
    const auto changes =
        watcher.Next(Clock::now() + std::chrono::milliseconds(20));
    if (!changes.ok()) {
      ADD_FAILURE() << changes.status();
      break;
    }
    for (const kv::Change& change : *changes) {
      seen.emplace_back(change.entry->revision, change.entry->key);
    }
  }
  return seen;
}

TEST(Watchers, MissNothingAndSeeNothingTwice) {
  kv::Store store(/*max_changes=*/10'000'000);
  std::atomic<std::int64_t> last = 0;
  std::vector<Changes> seen(kWatchers);
  std::vector<std::thread> watching;
  watching.reserve(kWatchers);
  for (int i = 0; i < kWatchers; ++i) {
    // Every fifth watches all keys, the others the keys of one writer.
    const std::string prefix =
        i % 5 == kWriters ? "" : std::to_string(i % 5) + "/";
    // Begun here, before the first write.
    watching.emplace_back(
        [&last, &seen, i, watcher = *store.Watch(prefix, std::nullopt)] {
          seen[i] = Watch(watcher, last);
        });
  }
  std::vector<Changes> done(kWriters);
  std::vector<std::thread> writing;
  writing.reserve(kWriters);
  const Clock::time_point end = Clock::now() + kFor;
  for (int i = 0; i < kWriters; ++i) {
    writing.emplace_back([&, i] { done[i] = Write(store, i, end); });
  }
  for (std::thread& thread : writing) thread.join();
  last = store.Delete("nothing").revision;
  for (std::thread& thread : watching) thread.join();

  Changes all(last);
  for (const Changes& changes : done) {
    for (const auto& change : changes) all[change.first - 1] = change;
  }
  for (int i = 0; i < kWatchers; ++i) {
    Changes expected;
    for (const auto& change : all) {
      if (i % 5 == kWriters || change.second[0] == '0' + i % 5) {
        expected.push_back(change);
      }
    }
    EXPECT_TRUE(seen[i] == expected)
        << "watcher " << i << " saw " << seen[i].size() << " changes of "
        << expected.size();
  }
}

}  // namespace watchers_test
