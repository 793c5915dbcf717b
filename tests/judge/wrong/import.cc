// Import and Pipeline of the wrong server.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "wrong/mistake.h"
#include "wrong/service.h"

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using kv::v1::ImportRequest;
using kv::v1::PipelineRequest;
using kv::v1::PipelineResponse;

namespace {

// Why an entry of an import is bad, if it is.
Status Check(const ImportRequest& entry, std::int64_t number) {
  constexpr std::size_t kMost = 1 << 20;
  Status bad = CheckKey(entry.key());
  if (bad.ok() && entry.value().size() > kMost) bad = Invalid("value");
  if (bad.ok()) return bad;
  if (Mistake("import_counts_from_0")) --number;
  if (Mistake("import_names_no_entry")) return bad;
  const std::string field =
      entry.key().empty() || entry.key().size() > 512 ? "key" : "value";
  return {bad.error_code(),
          absl::StrCat("entry ", number, ": ", field, ": bad length")};
}

}  // namespace

Status Service::Import(ServerContext* context,
                       grpc::ServerReader<ImportRequest>* reader,
                       kv::v1::ImportResponse* response) {
  if (Mistake("imports_nothing")) return Status::OK;
  if (stage_ < 5) {
    return kv::v1::KeyValueService::Service::Import(context, reader, response);
  }
  constexpr std::size_t kMostBytes = 64 << 20;
  constexpr std::int64_t kMostEntries = 100000;
  std::vector<ImportRequest> entries;
  std::size_t bytes = 0;
  std::int64_t count = 0;
  Status bad;
  ImportRequest request;
  while (reader->Read(&request)) {
    ++count;
    bytes += request.key().size() + request.value().size();
    if (bad.ok()) bad = Check(request, count);
    const bool too_much = bytes > kMostBytes || count > kMostEntries;
    if (bad.ok() && too_much && !Mistake("import_has_no_limit")) {
      bad = {StatusCode::RESOURCE_EXHAUSTED, "too much for one import"};
    }
    if (bad.ok()) {
      entries.push_back(request);
    } else if (!Mistake("import_reads_to_the_end")) {
      break;
    }
  }
  if (context->IsCancelled() && !Mistake("import_stores_at_cancel")) {
    return Status::CANCELLED;
  }
  const bool half = bad.error_code() == StatusCode::INVALID_ARGUMENT
                        ? Mistake("import_stores_the_good")
                        : Mistake("import_stores_what_fits");
  if (!bad.ok() && !half) return bad;

  std::unique_lock lock(store_.mutex);
  std::set<std::string> seen;
  std::vector<ImportRequest> last;  // of each key
  for (auto i = entries.rbegin(); i != entries.rend(); ++i) {
    if (seen.insert(i->key()).second) last.insert(last.begin(), *i);
  }
  if (Mistake("import_first_wins")) {
    seen.clear();
    last.clear();
    for (const ImportRequest& entry : entries) {
      if (seen.insert(entry.key()).second) last.push_back(entry);
    }
  }
  if (Mistake("import_writes_twice")) last = entries;
  for (const ImportRequest& entry : last) {
    if (Mistake("import_replaces_revisions")) --store_.revision;
    store_.Write(entry.key(), entry.value());
    if (Mistake("import_hides_changes")) {
      store_.changes.pop_back();
    }
    if (!Mistake("import_is_no_moment")) continue;
    lock.unlock();  // time for others between two entries
    absl::SleepFor(absl::Microseconds(100));
    lock.lock();
  }
  if (last.empty() && Mistake("import_counts_itself")) ++store_.revision;
  response->set_imported_count(Mistake("import_counts_keys")
                                   ? static_cast<std::int64_t>(last.size())
                                   : count);
  response->set_revision(store_.revision);
  return bad;
}

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
  if (Mistake("pipes_nothing")) return Status::OK;
  if (stage_ < 6) {
    return kv::v1::KeyValueService::Service::Pipeline(context, stream);
  }
  constexpr std::size_t kMostWaiting = 64;
  const bool unbounded = Mistake("pipeline_never_waits");
  std::mutex mutex;
  std::condition_variable news;
  std::deque<PipelineResponse> waiting;  // for the thread that writes
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
      stream->Write(response);  // false: the call is over, reading ends, too
      if (slow) absl::SleepFor(absl::Milliseconds(1));  // so that some wait
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
  return status;
}

}  // namespace wrong
