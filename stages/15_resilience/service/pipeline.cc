// A stream in each direction.
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "service/admit.h"
#include "service/service.h"

namespace kv {
namespace {

constexpr std::size_t kMaxAnswers = 64;  // as kv.proto documents

// Reads and writes at the same time, and operations finish on the store's
// thread. A lock guards what all three use.
class PipelineReactor final
    : public grpc::ServerBidiReactor<v1::PipelineRequest,
                                     v1::PipelineResponse> {
 public:
  PipelineReactor(Operations& operations, Budget& calls,
                  const grpc::CallbackServerContext& context)
      : operations_(operations), context_(context), place_(calls) {
    if (grpc::Status bad = AdmitStream(context, place_); !bad.ok()) {
      Finish(bad);
    } else {
      StartRead(&request_);
    }
  }

  // [reactions]
  void OnReadDone(bool ok) override {
    if (ok) Begin();
    std::unique_lock lock(mutex_);
    reading_ = false;
    if (!ok) ended_ = true;
    Continue(std::move(lock));
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    answers_.pop_front();
    if (!ok) ended_ = broken_ = true;
    Continue(std::move(lock));
  }
  // [reactions]

  void OnDone() override { delete this; }

 private:
  struct Slot {
    v1::PipelineResponse answer;
    bool finished = false;
  };

  // [begin]
  // Begins the operation, and keeps a place for its answer. A deque does not
  // move its elements when others come and go at its ends.
  void Begin() {
    Slot* slot = nullptr;
    {
      const std::lock_guard lock(mutex_);
      slot = &answers_.emplace_back();
    }
    operations_.Answer(context_, request_, slot->answer, [this, slot] {
      std::unique_lock lock(mutex_);
      slot->finished = true;
      Continue(std::move(lock));
    });
  }
  // [begin]

  // [directions]
  // Starts what can be started: at most one read and one write. If the client
  // does not read its answers, we stop reading, too.
  void Continue(std::unique_lock<std::mutex> lock) {
    if (!reading_ && !ended_ && answers_.size() < kMaxAnswers) {
      reading_ = true;
      StartRead(&request_);
    }
    const auto ready = [this] {
      return !writing_ && !answers_.empty() && answers_.front().finished;
    };
    while (broken_ && ready()) answers_.pop_front();  // nobody reads them
    if (ready()) {
      writing_ = true;
      StartWrite(&answers_.front().answer);
    }
    if (reading_ || !answers_.empty()) return;
    lock.unlock();  // OnDone() does not wait for the store's thread
    Finish(context_.IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK);
  }
  // [directions]

  Operations& operations_;
  const grpc::CallbackServerContext& context_;
  Budget::Share place_;
  v1::PipelineRequest request_;  // one read at a time: no lock
  std::mutex mutex_;             // guards the members below
  std::deque<Slot> answers_;     // in the order of the requests
  bool reading_ = true;
  bool writing_ = false;  // the first answer
  bool ended_ = false;    // no more requests
  bool broken_ = false;   // no more writes
};

}  // namespace

grpc::ServerBidiReactor<v1::PipelineRequest, v1::PipelineResponse>*
KeyValueServiceImpl::Pipeline(grpc::CallbackServerContext* context) {
  return new PipelineReactor(operations_, calls_, *context);
}

}  // namespace kv
