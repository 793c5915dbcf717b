// Clients of a server that is killed again and again: they write, and a watcher
// follows. At the end of the standard input they compare what they were told
// with what the store has.
//
//   crash ADDRESS < the end of this input ends the load
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "record.h"

namespace {

using crash::Change;
using crash::Fail;
using crash::Record;
using kv::v1::KeyValueService;
using Clock = std::chrono::system_clock;

constexpr int kClients = 16;
constexpr int kImportEntries = 20;
constexpr char kLastKey[] = "last";  // written when the clients have ended

std::unique_ptr<KeyValueService::Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
  return KeyValueService::NewStub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments));
}

struct Context : grpc::ClientContext {
  Context() {
    set_wait_for_ready(true);  // the server is away for a moment
    set_deadline(Clock::now() + std::chrono::seconds(60));
  }
};

// Whether the write may be there although it failed.
void Check(const grpc::Status& status) {
  if (status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE ||
      status.error_code() == grpc::StatusCode::FAILED_PRECONDITION) {
    return;
  }
  Fail("code " + std::to_string(status.error_code()) + ": " +
       status.error_message());
}

class Client {
 public:
  Client(const std::string& address, int id, Record& record)
      : stub_(Connect(address)),
        random_(static_cast<unsigned>(id)),
        name_(std::to_string(id)),
        record_(record) {}

  void Run(const std::atomic<bool>& stop) {
    while (!stop) {
      switch (random_() % 8) {
        case 0:
          Import();
          break;
        case 1:
          Pipeline();
          break;
        case 2:
          Delete();
          break;
        default:
          Put();
      }
    }
  }

 private:
  // Keys of its own, and some that all clients share.
  std::string Key() {
    const std::string number = std::to_string(random_() % 5);
    return random_() % 2 == 0 ? "shared/" + number : name_ + "/" + number;
  }
  std::string Value() { return name_ + "." + std::to_string(++writes_); }

  void Put() {
    Context context;
    kv::v1::PutRequest request;
    request.set_key(Key());
    request.set_value(Value());
    if (random_() % 4 == 0) request.set_expected_revision(0);
    record_.Asked({request.value()});
    kv::v1::PutResponse response;
    const grpc::Status status = stub_->Put(&context, request, &response);
    Check(status);
    if (status.ok()) {
      record_.Told(response.revision(), {request.key(), request.value()});
    }
  }

  void Delete() {
    Context context;
    kv::v1::DeleteRequest request;
    request.set_key(Key());
    kv::v1::DeleteResponse response;
    const grpc::Status status = stub_->Delete(&context, request, &response);
    Check(status);
    if (status.ok() && response.deleted()) {
      record_.Told(response.revision(), {request.key(), ""});
    }
  }

  void Import() {
    Context context;
    kv::v1::ImportResponse response;
    const auto stream = stub_->Import(&context, &response);
    std::vector<std::string> values;
    kv::v1::ImportRequest request;
    for (int i = 0; i < kImportEntries; ++i) {
      request.set_key("import/" + std::to_string(100 + i));
      request.set_value(Value());
      values.push_back(request.value());
      if (!stream->Write(request)) break;
    }
    const bool whole = values.size() == kImportEntries;
    if (whole) record_.Asked(values);
    stream->WritesDone();
    const grpc::Status status = stream->Finish();
    Check(status);
    for (int i = 0; status.ok() && i < kImportEntries; ++i) {
      record_.Told(response.revision() - kImportEntries + 1 + i,
                   {"import/" + std::to_string(100 + i),
                    values[static_cast<std::size_t>(i)]});
    }
  }

  void Pipeline() {
    Context context;
    const auto stream = stub_->Pipeline(&context);
    std::vector<Change> puts;
    for (std::uint64_t id = 0; id < 30; ++id) {
      kv::v1::PipelineRequest request;
      request.set_id(id);
      puts.push_back({Key(), Value()});
      request.mutable_put_request()->set_key(puts.back().key);
      request.mutable_put_request()->set_value(puts.back().value);
      record_.Asked({puts.back().value});
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
    kv::v1::PipelineResponse answer;
    while (stream->Read(&answer)) {
      if (answer.code() != 0) continue;
      record_.Told(answer.put_response().revision(), puts[answer.id()]);
    }
    Check(stream->Finish());
  }

  const std::unique_ptr<KeyValueService::Stub> stub_;
  std::mt19937 random_;
  const std::string name_;
  Record& record_;
  int writes_ = 0;
};

// Follows all changes, and resumes where it was.
class Follower {
 public:
  explicit Follower(const std::string& address) : stub_(Connect(address)) {}

  // Returns when it has seen the last change.
  void Run() {
    while (crash::failures == 0 && !AtEnd()) {
      Context context;
      kv::v1::WatchRequest request;
      request.set_after_revision(Seen());
      if (!store_.empty()) context.AddMetadata("kv-store", store_);
      const auto stream = stub_->Watch(&context, request);
      stream->WaitForInitialMetadata();
      const auto& headers = context.GetServerInitialMetadata();
      if (const auto at = headers.find("kv-store"); at != headers.end()) {
        store_ = std::string(at->second.data(), at->second.size());
      }
      kv::v1::WatchResponse response;
      while (!AtEnd() && stream->Read(&response)) Add(response);
      if (AtEnd()) context.TryCancel();
      const grpc::Status end = stream->Finish();
      if (!AtEnd() && end.error_code() != grpc::StatusCode::UNAVAILABLE) {
        Fail("the watch ended: " + end.error_message());
      }
    }
  }
  const std::vector<Change>& history() const { return history_; }

 private:
  bool AtEnd() const {
    return !history_.empty() && history_.back().key == kLastKey;
  }
  std::int64_t Seen() const {
    return static_cast<std::int64_t>(history_.size());
  }
  void Add(const kv::v1::WatchResponse& response) {
    const kv::v1::Entry& entry = response.entry();
    if (entry.revision() != Seen() + 1) {
      Fail("the watcher got revision " + std::to_string(entry.revision()) +
           " after " + std::to_string(Seen()));
    }
    history_.push_back({entry.key(), entry.value()});
  }

  const std::unique_ptr<KeyValueService::Stub> stub_;
  std::string store_;
  std::vector<Change> history_;
};

// The entries must be what the changes lead to.
void CompareEntries(KeyValueService::Stub& stub,
                    const std::vector<Change>& history) {
  std::map<std::string, std::string> expected;
  for (const Change& change : history) {
    if (change.value.empty()) {
      expected.erase(change.key);
    } else {
      expected[change.key] = change.value;
    }
  }
  Context context;
  const auto stream = stub.List(&context, {});
  std::map<std::string, std::string> entries;
  kv::v1::ListResponse response;
  while (stream->Read(&response)) {
    for (const auto& entry : response.entries()) {
      entries[entry.key()] = entry.value();
    }
  }
  Check(stream->Finish());
  if (entries != expected) Fail("the entries are not what the changes say");
}

}  // namespace

int main(int, char** argv) {
  Record record;
  std::atomic<bool> stop = false;
  Follower follower(argv[1]);
  std::thread following([&] { follower.Run(); });
  std::vector<std::thread> clients;
  for (int id = 1; id <= kClients; ++id) {
    clients.emplace_back([&, id] { Client(argv[1], id, record).Run(stop); });
  }
  std::cin.ignore(INT64_MAX);
  stop = true;
  for (std::thread& client : clients) client.join();

  const auto stub = Connect(argv[1]);
  Context context;
  kv::v1::PutRequest last;
  last.set_key(kLastKey);
  last.set_value("last");
  kv::v1::PutResponse response;
  if (!stub->Put(&context, last, &response).ok()) Fail("the last Put");
  following.join();
  record.Compare(follower.history());
  CompareEntries(*stub, follower.history());
  std::cout << ", " << crash::failures << " failures\n";
  return crash::failures == 0 ? 0 : 1;
}
