// How many writes a second stage 12 makes durable, without gRPC: one
// transaction after the other, a store with so many writes in flight, and the
// same with a transaction for each. Prints a line of JSON.
//
//   commits --folder=DIR --how=bare|store|single --in_flight=64 --seconds=1
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "store/sqlite_log.h"
#include "store/store.h"

ABSL_FLAG(std::string, folder, "", "where to write; must not exist");
ABSL_FLAG(std::string, how, "store", "bare, store or single");
ABSL_FLAG(int, in_flight, 1, "writes that wait at a time");
ABSL_FLAG(double, seconds, 1, "how long");

namespace {

using Clock = std::chrono::steady_clock;

// A transaction for each change, as if there were no group commit.
class SingleLog final : public kv::DurableLog {
 public:
  explicit SingleLog(std::unique_ptr<kv::DurableLog> log)
      : log_(std::move(log)) {}
  absl::StatusOr<Content> Load() override { return log_->Load(); }
  absl::Status Append(const std::vector<kv::Change>& changes,
                      std::int64_t forget) override {
    absl::Status done;
    for (const kv::Change& change : changes) {
      if (done.ok()) done = log_->Append({change}, forget);
    }
    return done;
  }

 private:
  const std::unique_ptr<kv::DurableLog> log_;
};

// Repeats transactions of one change until `end`. Returns their number.
std::int64_t Bare(kv::DurableLog& log, Clock::time_point end) {
  std::int64_t revision = 0;
  while (Clock::now() < end) {
    const auto entry = std::make_shared<const kv::Entry>(
        kv::Entry{"bench/1", std::string(16, 'x'), ++revision});
    if (!log.Append({{/*deleted=*/false, entry}}, 0).ok()) return 0;
  }
  return revision;
}

// Keeps `in_flight` Puts waiting until `end`. Returns the number of results.
std::int64_t Puts(kv::Store& store, int in_flight, Clock::time_point end) {
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t count = 0;
  int waiting = 0;
  std::unique_lock lock(mutex);
  for (;;) {
    const bool over = Clock::now() >= end;
    if (over && waiting == 0) return count;
    if (over || waiting == in_flight) {
      changed.wait(lock);
      continue;
    }
    ++waiting;
    lock.unlock();
    store.Put("bench/1", std::string(16, 'x'), std::nullopt, nullptr,
              [&](const absl::StatusOr<std::int64_t>& revision) {
                const std::lock_guard inner(mutex);
                if (revision.ok()) ++count;
                --waiting;
                changed.notify_one();
              });
    lock.lock();
  }
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  auto opened = kv::SqliteLog::Open(absl::GetFlag(FLAGS_folder));
  if (!opened.ok()) {
    std::cerr << opened.status() << "\n";
    return 1;
  }
  std::unique_ptr<kv::DurableLog> log = *std::move(opened);
  const std::string how = absl::GetFlag(FLAGS_how);
  const double seconds = absl::GetFlag(FLAGS_seconds);
  const auto end =
      Clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1e3));
  std::int64_t count = 0;
  if (how == "bare") {
    count = Bare(*log, end);
  } else {
    if (how == "single") log = std::make_unique<SingleLog>(std::move(log));
    const auto store = kv::Store::Open(std::move(log));
    count = Puts(**store, absl::GetFlag(FLAGS_in_flight), end);
  }
  std::cout << "{\"per_second\":" << static_cast<double>(count) / seconds
            << "}\n";
  return count > 0 ? 0 : 1;
}
