// The wrong server's Pipeline.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "wrong/mistake.h"
#include "wrong/service.h"

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using kv::v1::PipelineRequest;
using kv::v1::PipelineResponse;

PipelineResponse Service::Do(const PipelineRequest& request) {
  PipelineResponse response;
  response.set_id(request.id());
  Status status;
  if (request.has_get_request()) {
    status =
        Get(nullptr, &request.get_request(), response.mutable_get_response());
  } else if (request.has_put_request()) {
    kv::v1::PutRequest put = request.put_request();
    if (Mistake("pipeline_puts_always")) put.clear_expected_revision();
    status = Put(nullptr, &put, response.mutable_put_response());
  } else if (request.has_delete_request()) {
    status = Delete(nullptr, &request.delete_request(),
                    response.mutable_delete_response());
    if (Mistake("pipeline_deletes_always")) {
      response.mutable_delete_response()->set_deleted(true);
    }
  } else if (!Mistake("pipeline_takes_nothing")) {
    status = {StatusCode::INVALID_ARGUMENT, "operation: none"};
  }
  if (!status.ok()) {
    response.set_code(status.error_code());
    response.set_message(status.error_message());
    if (!Mistake("pipeline_answers_and_fails")) response.clear_result();
  }
  if (Mistake("pipeline_says_no_why")) response.clear_message();
  return response;
}

Status Service::Pipeline(
    ServerContext* context,
    grpc::ServerReaderWriter<PipelineResponse, PipelineRequest>* stream) {
  Status late = Late(context, "Pipeline");
  if (!late.ok() && !Mistake("checks_pipeline_late")) {
    for (PipelineRequest rest; stream->Read(&rest);) {
    }
    return late;
  }
  constexpr std::size_t kMostWaiting = 64;
  const bool unbounded = Mistake("pipeline_never_waits");
  std::mutex mutex;
  std::condition_variable news;
  std::deque<PipelineResponse> waiting;  // to be sent by the writing thread
  bool over = false;
  std::uint64_t number = 0;
  std::thread writer([&] {
    bool slow = false;
    std::unique_lock lock(mutex);
    for (;;) {
      news.wait(lock, [&] {
        return over || (!waiting.empty() && !Mistake("pipeline_hoards"));
      });
      if (waiting.empty()) return;
      if (Mistake("pipeline_drops_the_rest") && number > 100) {
        if (over) return;
        slow = true;
      }
      const PipelineResponse response = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      // If this fails, Read() fails, too.
      if (!stream->Write(response) && Mistake("pipeline_stays_full")) return;
      if (slow) absl::SleepFor(absl::Milliseconds(1));  // fills the queue
      lock.lock();
      news.notify_all();
    }
  });
  Status status;
  PipelineRequest request;
  std::set<std::uint64_t> ids;
  for (;;) {
    if (!stream->Read(&request)) {
      if (!Mistake("pipeline_never_ends")) break;
      const std::lock_guard lock(store_.mutex);
      if (!store_.stopping && !context->IsCancelled()) break;
      absl::SleepFor(absl::Milliseconds(1));
      continue;
    }
    PipelineResponse response = Do(request);
    {
      const std::lock_guard lock(mutex);
      ++number;
    }
    if (Mistake("pipeline_numbers_answers")) response.set_id(number);
    if (Mistake("pipeline_loses_one") && number % 500 == 0) continue;
    if (Mistake("pipeline_answers_an_id_once") &&
        !ids.insert(request.id()).second) {
      continue;
    }
    if (response.code() != 0 && Mistake("pipeline_fails_the_call")) {
      status =
          Status(static_cast<StatusCode>(response.code()), response.message());
      break;
    }
    if (Mistake("pipeline_reads_or_writes")) {
      stream->Write(response);
      continue;
    }
    std::unique_lock lock(mutex);
    news.wait(lock, [&] {
      return waiting.size() < kMostWaiting || unbounded ||
             Mistake("pipeline_hoards");
    });
    waiting.push_back(std::move(response));
    news.notify_all();
  }
  {
    const std::lock_guard lock(mutex);
    over = true;
    news.notify_all();
  }
  writer.join();
  return late.ok() ? status : late;
}

}  // namespace wrong
