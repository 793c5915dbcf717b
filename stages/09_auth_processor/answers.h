// Answers on their way from the thread that reads requests to the one that
// writes.
//
//   kv::Answers answers;              // thread 1            // thread 2
//   while (Read(&request) &&                                 while
//   (answers.Pop(next))
//          answers.Push(Answer(request))) {} Write(next.answer)
//   answers.Close();
#ifndef STAGE_ANSWERS_H_
#define STAGE_ANSWERS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "kv/v1/kv.pb.h"

namespace kv {

/// A queue with a bound: who is too fast waits. For one thread that pushes and
/// one that pops.
class Answers final {
 public:
  static constexpr std::size_t kMax = 64;  ///< As kv.proto promises.

  /// Adds an answer, and waits for room if there is none.
  /// @param answer the answer.
  /// @return false when the queue is closed.
  bool Push(v1::PipelineResponse answer) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || answers_.size() < kMax; });
    if (closed_) return false;
    answers_.push_back(std::move(answer));
    if (answers_.size() == 1) changed_.notify_all();
    return true;
  }

  /// Takes the oldest answer, and waits for one if there is none.
  /// @param more is set to whether another one is there already.
  /// @return it; none when the queue is closed and empty.
  std::optional<v1::PipelineResponse> Pop(bool& more) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !answers_.empty(); });
    if (answers_.empty()) return std::nullopt;
    v1::PipelineResponse answer = std::move(answers_.front());
    answers_.pop_front();
    more = !answers_.empty();
    // Not at the first free place: the two would wake each other up in turns.
    if (answers_.size() == kMax / 2) changed_.notify_all();
    return answer;
  }

  /// No more answers come, or nobody takes them: ends both waits.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<v1::PipelineResponse> answers_;
  bool closed_ = false;
};

}  // namespace kv

#endif  // STAGE_ANSWERS_H_
