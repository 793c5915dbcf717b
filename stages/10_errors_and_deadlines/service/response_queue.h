// Passes responses from the thread that reads requests to the thread that
// writes.
#ifndef SERVICE_RESPONSE_QUEUE_H_
#define SERVICE_RESPONSE_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "kv/v1/kv.pb.h"

namespace kv {

/// A bounded queue, for one thread that pushes and one that pops.
class ResponseQueue final {
 public:
  static constexpr std::size_t kMax = 64;  ///< As kv.proto documents.

  /// Adds a response; waits while the queue is full. Returns false if the queue
  /// is closed.
  bool Push(v1::PipelineResponse response) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || responses_.size() < kMax; });
    if (closed_) return false;
    responses_.push_back(std::move(response));
    if (responses_.size() == 1) changed_.notify_all();
    return true;
  }

  /// Removes the oldest response; waits while the queue is empty. Returns
  /// nothing once the queue is closed and empty.
  std::optional<v1::PipelineResponse> Pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !responses_.empty(); });
    if (responses_.empty()) return std::nullopt;
    v1::PipelineResponse response = std::move(responses_.front());
    responses_.pop_front();
    // Notify when half of the queue is free. Otherwise each Pop from a full
    // queue would wake the pushing thread for a single response.
    if (responses_.size() == kMax / 2) changed_.notify_all();
    return response;
  }

  /// Ends all waits. Call it when no more responses come, or nobody pops them.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<v1::PipelineResponse> responses_;
  bool closed_ = false;
};

}  // namespace kv

#endif  // SERVICE_RESPONSE_QUEUE_H_
