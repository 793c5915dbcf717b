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

// Reads and writes at the same time, so OnReadDone() and OnWriteDone() may run
// concurrently. A lock guards what both use.
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
    v1::PipelineResponse answer;
    if (ok) answer = operations_.Answer(context_, request_);
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (ok) {
      answers_.push_back(std::move(answer));
    } else {
      ended_ = true;
    }
    Continue();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    answers_.pop_front();
    if (!ok) {  // nobody reads the rest
      ended_ = true;
      answers_.clear();
    }
    Continue();
  }

  // [reactions]

  void OnDone() override { delete this; }

 private:
  // [directions]
  // Starts what can be started: at most one read and one write. If the client
  // does not read its answers, we stop reading, too. Needs the lock.
  void Continue() {
    if (!reading_ && !ended_ && answers_.size() < kMaxAnswers) {
      reading_ = true;
      StartRead(&request_);
    }
    if (!writing_ && !answers_.empty()) {
      writing_ = true;
      StartWrite(&answers_.front());
    }
    if (reading_ || writing_) return;
    Finish(context_.IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK);
  }
  // [directions]

  Operations& operations_;
  const grpc::CallbackServerContext& context_;
  Budget::Share place_;
  v1::PipelineRequest request_;               // one read at a time: no lock
  std::mutex mutex_;                          // guards the members below
  std::deque<v1::PipelineResponse> answers_;  // the first is being written
  bool reading_ = true;
  bool writing_ = false;
  bool ended_ = false;  // no more requests
};

}  // namespace

grpc::ServerBidiReactor<v1::PipelineRequest, v1::PipelineResponse>*
KeyValueServiceImpl::Pipeline(grpc::CallbackServerContext* context) {
  return new PipelineReactor(operations_, calls_, *context);
}

}  // namespace kv
