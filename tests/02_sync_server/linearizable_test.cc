// Many threads call the store concurrently. The results must be possible for
// some order of the same calls made one at a time.
//
// Revisions make that easy to check: they give the order of the writes, and a
// read shows between which two writes it happened. It remains to check that
// each operation has a moment between its call and its return that fits that
// order.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "store/store.h"

namespace linearizable_test {

using Tick = std::int64_t;  // of one clock that all threads move

struct Write {
  Tick call = 0, back = 0;
  std::string key, value;
  bool present = false;  // false: it removed the key
};

// An operation that changed nothing. It took place after write `after` and
// before the next write, or before the next one to the same key.
struct Read {
  Tick call = 0, back = 0;
  std::string key, value;
  bool present = false;
  std::int64_t after = -1;  // -1: a Get that found nothing does not tell
  bool next_of_key = true;
};

struct History {
  std::map<std::int64_t, Write> writes;  // by revision
  std::vector<Read> reads;
  bool twice = false;  // a revision was given twice
};

void Call(kv::Store& store, int thread, std::atomic<Tick>& clock,
          History& history) {
  std::mt19937 random(thread);  // NOLINT: any sequence will do
  std::int64_t seen = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string key(1, static_cast<char>('a' + random() % 3));
    const std::string value = std::to_string(thread) + "." + std::to_string(i);
    const Tick call = clock++;
    switch (random() % 4) {
      case 0: {
        const kv::Deletion result = store.Delete(key);
        if (result.deleted) {
          history.writes[result.revision] = {call, clock++, key, "", false};
        } else {
          history.reads.push_back(
              {call, clock++, key, "", false, result.revision, false});
        }
        break;
      }
      case 1: {
        const auto entry = store.Get(key);
        if (entry.ok()) {
          seen = entry->revision;
          history.reads.push_back(
              {call, clock++, key, entry->value, true, seen});
        } else {
          history.reads.push_back({call, clock++, key, "", false});
        }
        break;
      }
      default: {
        const bool always = random() % 2 == 0;
        const auto revision =
            store.Put(key, value, always ? std::nullopt : std::optional(seen));
        if (revision.ok())
          history.writes[*revision] = {call, clock++, key, value, true};
      }
    }
  }
}

History RunThreads(kv::Store& store, int count) {
  std::atomic<Tick> clock = 1;
  std::vector<History> parts(count);
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] { Call(store, i, clock, parts[i]); });
  }
  History all;
  for (int i = 0; i < count; ++i) {
    threads[i].join();
    for (const auto& [revision, write] : parts[i].writes) {
      all.twice |= !all.writes.emplace(revision, write).second;
    }
    all.reads.insert(all.reads.end(), parts[i].reads.begin(),
                     parts[i].reads.end());
  }
  return all;
}

TEST(Store, IsLinearizable) {
  kv::Store store;
  const History history = RunThreads(store, 8);
  const auto& writes = history.writes;
  const auto last = static_cast<std::int64_t>(writes.size());
  ASSERT_FALSE(history.twice) << "a revision was given twice";
  ASSERT_EQ(writes.begin()->first, 1);
  ASSERT_EQ(writes.rbegin()->first, last) << "there is a gap in the revisions";
  ASSERT_EQ(store.Delete("never written").revision, last);

  // not_before[r]: a read that was called then took place before write r.
  std::vector<Tick> not_before(last + 2, 0);
  std::map<std::string, std::vector<std::int64_t>> of_key;
  for (const auto& [revision, write] : writes)
    of_key[write.key].push_back(revision);
  for (const Read& read : history.reads) {
    if (read.after < 0) continue;
    const auto& revisions = of_key[read.key];
    const auto next =
        std::upper_bound(revisions.begin(), revisions.end(), read.after);
    if (read.present) {
      ASSERT_EQ(writes.at(read.after).key, read.key);
      ASSERT_EQ(writes.at(read.after).value, read.value);
    } else if (next != revisions.begin()) {
      ASSERT_FALSE(writes.at(*std::prev(next)).present) << "it was there";
    }
    const std::int64_t before = !read.next_of_key         ? read.after + 1
                                : next == revisions.end() ? last + 1
                                                          : *next;
    not_before[before] = std::max(not_before[before], read.call);
  }

  // The earliest moment that each write can have taken effect.
  std::vector<Tick> moment(last + 1, 0);
  for (const auto& [revision, write] : writes) {
    moment[revision] =
        std::max({moment[revision - 1], write.call, not_before[revision]});
    ASSERT_LE(moment[revision], write.back)
        << "revision " << revision << " took effect after its call returned";
  }
  for (const Read& read : history.reads) {
    if (read.after >= 0) {
      ASSERT_LE(moment[read.after], read.back)
          << "it saw what was not yet written";
      continue;
    }
    // Some time between call and return the key must have been absent.
    bool absent = false;
    const auto& revisions = of_key[read.key];
    for (std::size_t i = 0; i <= revisions.size() && !absent; ++i) {
      const std::int64_t from = i == 0 ? 0 : revisions[i - 1];
      absent =
          (from == 0 || !writes.at(from).present) &&
          moment[from] <= read.back &&
          (i == revisions.size() || writes.at(revisions[i]).back >= read.call);
    }
    ASSERT_TRUE(absent) << "key " << read.key << " was there all the time";
  }
}

}  // namespace linearizable_test
