// An etcd cluster that is a map, and connections to it that lose what a test
// wants them to lose.
#ifndef TESTS_14_DISTRIBUTED_FAKE_ETCD_H_
#define TESTS_14_DISTRIBUTED_FAKE_ETCD_H_

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/etcd.h"

namespace kv_test {

using kv::Etcd;

// All of it. Its functions are for one thread at a time; FakeEtcd locks.
struct FakeCluster {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, std::string> pairs;
  std::int64_t revision = 1;
  std::deque<Etcd::Pair> written;       // all puts, in order
  std::vector<std::size_t> sizes;       // of the transactions that wrote: puts
  std::vector<Etcd::Transaction> late;  // those that are still on their way
  int questions = 0;

  Etcd::Page Read(const Etcd::Range& range, std::int64_t limit) const {
    Etcd::Page result;
    result.revision = revision;
    const auto end = pairs.lower_bound(range.end);
    for (auto at = pairs.lower_bound(range.first); at != end; ++at) {
      if (limit != 0 &&
          static_cast<std::int64_t>(result.pairs.size()) == limit) {
        result.more = true;
        break;
      }
      result.pairs.push_back({at->first, at->second});
    }
    return result;
  }

  Etcd::Outcome Run(const Etcd::Transaction& transaction) {
    Etcd::Outcome outcome;
    outcome.done =
        (transaction.present.empty() || pairs.count(transaction.present) > 0) &&
        (transaction.absent.empty() || pairs.count(transaction.absent) == 0);
    const bool writes =
        !transaction.puts.empty() || !transaction.removes.empty();
    if (writes && outcome.done) {
      ++revision;
      sizes.push_back(transaction.puts.size());
      for (const auto& range : transaction.removes) {
        pairs.erase(pairs.lower_bound(range.first),
                    pairs.lower_bound(range.end));
      }
      for (const auto& pair : transaction.puts) {
        pairs[pair.key] = pair.value;
        written.push_back(pair);
      }
      changed.notify_all();
    } else if (!transaction.read.first.empty()) {
      ++questions;
      outcome.page = Read(transaction.read, 0);
    }
    return outcome;
  }

  // What was still on its way arrives.
  void Arrive() {
    const std::lock_guard lock(mutex);
    for (const auto& transaction : std::exchange(late, {})) Run(transaction);
  }
};

// What becomes of a request.
enum class Fate {
  kFine,
  kRequestLost,  // never arrives
  kAnswerLost,   // is carried out, but nobody hears of it
  kLate,         // is carried out at Arrive()
  kFull,         // is refused, as by an etcd whose disk is full
};

// One server's connection.
class FakeEtcd final : public Etcd {
 public:
  explicit FakeEtcd(FakeCluster& cluster) : cluster_(cluster) {}

  // What becomes of the next requests, and of those after them. Requests that
  // write nothing are lost or fine.
  void Next(std::vector<Fate> fates, Fate then = Fate::kFine) {
    const std::lock_guard lock(cluster_.mutex);
    fates_.assign(fates.begin(), fates.end());
    then_ = then;
  }
  // Returns when the watch has begun.
  void WaitUntilWatched() {
    std::unique_lock lock(cluster_.mutex);
    cluster_.changed.wait(lock, [this] { return watched_; });
  }
  // From now on the watch hears nothing.
  void Deafen() {
    const std::lock_guard lock(cluster_.mutex);
    hears_ = heard_;
  }
  // Hears again, but never of what was written meanwhile.
  void SkipAll() {
    const std::lock_guard lock(cluster_.mutex);
    heard_ = cluster_.written.size();
    hears_ = kAll;
  }
  // Hears of so many more puts. A change is two: its own, and its entry's.
  void HearOf(std::size_t puts) {
    const std::lock_guard lock(cluster_.mutex);
    hears_ += puts;
    cluster_.changed.notify_all();
  }
  // Called before and after each question, without a lock.
  std::function<void()> before_question;
  std::function<void()> after_question;

  absl::StatusOr<Page> Read(const Range& range, std::int64_t limit,
                            std::int64_t /*revision*/,
                            Milliseconds /*timeout*/) override {
    const std::lock_guard lock(cluster_.mutex);
    if (Take() != Fate::kFine) return absl::UnavailableError("lost");
    return cluster_.Read(range, limit);
  }

  absl::StatusOr<Outcome> Run(const Transaction& transaction,
                              Milliseconds /*timeout*/) override {
    const bool writes = !transaction.puts.empty();
    if (!writes && before_question) before_question();
    auto outcome = Meet(transaction, writes);
    if (!writes && after_question) after_question();
    return outcome;
  }

  absl::Status Watch(
      const Range& range,
      const std::function<void(const std::vector<Pair>&)>& receive) override {
    std::unique_lock lock(cluster_.mutex);
    heard_ = cluster_.written.size();
    lock.unlock();
    receive({});
    lock.lock();
    watched_ = true;
    cluster_.changed.notify_all();
    for (;;) {
      cluster_.changed.wait(lock, [&] { return stopped_ || heard_ < Heard(); });
      if (stopped_) return absl::CancelledError("stopped");
      std::vector<Pair> pairs;
      for (; heard_ < Heard(); ++heard_) {
        const Pair& pair = cluster_.written[heard_];
        if (pair.key >= range.first && pair.key < range.end) {
          pairs.push_back(pair);
        }
      }
      lock.unlock();
      if (!pairs.empty()) receive(pairs);
      lock.lock();
    }
  }

  void Stop() override {
    const std::lock_guard lock(cluster_.mutex);
    stopped_ = true;
    cluster_.changed.notify_all();
  }

 private:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  absl::StatusOr<Outcome> Meet(const Transaction& transaction, bool writes) {
    const std::lock_guard lock(cluster_.mutex);
    switch (Take()) {
      case Fate::kFine:
        return cluster_.Run(transaction);
      case Fate::kAnswerLost:
        cluster_.Run(transaction);
        break;
      case Fate::kLate:
        if (writes) cluster_.late.push_back(transaction);
        break;
      case Fate::kFull:
        if (!writes) return cluster_.Run(transaction);
        return absl::ResourceExhaustedError("mvcc: database space exceeded");
      case Fate::kRequestLost:
        break;
    }
    return absl::DeadlineExceededError("lost");
  }

  std::size_t Heard() const {
    return std::min(hears_, cluster_.written.size());
  }

  Fate Take() {
    if (fates_.empty()) return then_;
    const Fate fate = fates_.front();
    fates_.pop_front();
    return fate;
  }

  FakeCluster& cluster_;
  // Guarded by the cluster's mutex.
  std::deque<Fate> fates_;
  Fate then_ = Fate::kFine;
  std::size_t heard_ = 0;
  bool watched_ = false;
  std::size_t hears_ = kAll;
  bool stopped_ = false;
};

}  // namespace kv_test

#endif  // TESTS_14_DISTRIBUTED_FAKE_ETCD_H_
