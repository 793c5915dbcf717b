// A log for tests, which waits and fails when the test says so.
#ifndef TESTS_12_PERSISTENCE_KEPT_LOG_H_
#define TESTS_12_PERSISTENCE_KEPT_LOG_H_

#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/log.h"
#include "store/store.h"

namespace persistence_test {

/// What the test sees and controls. It outlives the log.
class Disk final {
 public:
  /// From now on Append() waits until Release().
  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  /// Waits until an Append() is held.
  void WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  /// From now on Append() returns this.
  void Answer(absl::Status status) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(status);
  }
  /// The revisions of each Append() that was called.
  std::vector<std::vector<std::int64_t>> groups() {
    const std::lock_guard lock(mutex_);
    return groups_;
  }

  absl::Status Append(const std::vector<kv::Change>& changes) {
    std::unique_lock lock(mutex_);
    groups_.emplace_back();
    for (const kv::Change& change : changes) {
      groups_.back().push_back(change.entry->revision);
    }
    waiting_ = held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    waiting_ = false;
    return answer_;
  }

 private:
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  bool held_ = false;
  bool waiting_ = false;
  absl::Status answer_;
  std::vector<std::vector<std::int64_t>> groups_;
};

class KeptLog final : public kv::DurableLog {
 public:
  explicit KeptLog(Disk& disk) : disk_(disk) {}
  absl::StatusOr<Content> Load() override {
    Content content;
    content.store_id = "test";
    return content;
  }
  absl::Status Append(const std::vector<kv::Change>& changes,
                      std::int64_t /*forget*/) override {
    return disk_.Append(changes);
  }

 private:
  Disk& disk_;
};

/// The result of a write that may come later.
template <class Result>
class Later final {
 public:
  kv::Done<Result> done() {
    return [promise = promise_](absl::StatusOr<Result> result) {
      promise->set_value(std::move(result));
    };
  }
  bool there() const {
    return future_.wait_for(std::chrono::seconds(0)) ==
           std::future_status::ready;
  }
  absl::StatusOr<Result> Get() { return future_.get(); }

 private:
  std::shared_ptr<std::promise<absl::StatusOr<Result>>> promise_ =
      std::make_shared<std::promise<absl::StatusOr<Result>>>();
  std::future<absl::StatusOr<Result>> future_ = promise_->get_future();
};

/// Puts and does not wait.
inline Later<std::int64_t> Put(
    kv::Store& store, const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected = std::nullopt) {
  Later<std::int64_t> later;
  store.Put(key, value, expected, nullptr, later.done());
  return later;
}

}  // namespace persistence_test

#endif  // TESTS_12_PERSISTENCE_KEPT_LOG_H_
