// Clients and watchers of several servers of one store. They note what they
// asked for, what they were told, and when. history.py then finds out whether
// one store with one history could have answered so.
//
//   load CA TOKEN_FILE ADDRESS... < the end of this input ends the load
//
// CA is a file with the servers' authority ("": plaintext), TOKEN_FILE one with
// the token ("": none). The history goes to the standard output.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "history.h"
#include "kv/v1/kv.grpc.pb.h"
#include "operation.h"
#include "servers.h"

namespace {

using kv::v1::Entry;
using load::Connection;
using load::Now;
using load::Operation;
using load::Servers;
using load::SetResult;

constexpr int kClients = 8;
constexpr int kKeys = 20;  // few, so that clients collide
constexpr int kImportEntries = 5;
constexpr int kPipelined = 10;
constexpr int kMostFailures = 5;           // of one watcher, to print
constexpr std::chrono::seconds kWatch(3);  // then it moves to the next server

class Client {
 public:
  Client(const Servers& servers, int id)
      : connection_(servers, static_cast<std::size_t>(id)),
        id_(id),
        random_(static_cast<unsigned>(id)) {}

  void Run(const std::atomic<bool>& stop) {
    while (!stop) {
      const auto turn = random_() % 16;
      if (turn < 4) {
        Get(Key());
      } else if (turn < 8) {
        Put(Key(), {});
      } else if (turn < 10) {
        Replace(Key());
      } else if (turn < 12) {
        Delete(Key());
      } else if (turn < 13) {
        Import();
      } else if (turn < 14) {
        Pipeline();
      } else {
        List(random_() % 2 == 0 ? "k" : "k1");
      }
    }
  }

  // Returns the revision of the write, or 0 if it failed.
  std::int64_t Put(const std::string& key,
                   std::optional<std::int64_t> expected) {
    kv::v1::PutRequest request;
    request.set_key(key);
    request.set_value(Value());
    if (expected) request.set_expected_revision(*expected);
    Operation put = Begin("put", key);
    put.value = request.value();
    put.expected = expected;
    kv::v1::PutResponse response;
    grpc::ClientContext context;
    connection_.Prepare(context);
    const auto status = connection_.stub().Put(&context, request, &response);
    if (status.ok()) put.revision = response.revision();
    End(std::move(put), status);
    return response.revision();
  }

  const std::vector<Operation>& operations() const { return operations_; }
  void Forget() { operations_.pop_back(); }

 private:
  std::string Key() { return "k" + std::to_string(random_() % kKeys); }
  std::string Value() {
    return std::to_string(id_) + "." + std::to_string(++values_);
  }

  Operation Begin(const std::string& name, const std::string& key) const {
    Operation operation;
    operation.client = id_;
    operation.name = name;
    operation.key = key;
    operation.start = Now();
    return operation;
  }
  void End(Operation operation, const grpc::Status& status) {
    operation.end = Now();
    SetResult(operation, status.error_code(), status.error_details());
    if (operation.result == "unknown" || operation.result == "not_written") {
      connection_.Next();
    }
    operations_.push_back(std::move(operation));
  }

  // Returns the entry's revision, 0 if it is absent, or nothing after an error.
  std::optional<std::int64_t> Get(const std::string& key) {
    kv::v1::GetRequest request;
    request.set_key(key);
    kv::v1::GetResponse response;
    Operation get = Begin("get", key);
    grpc::ClientContext context;
    connection_.Prepare(context);
    const auto status = connection_.stub().Get(&context, request, &response);
    if (status.ok()) {
      get.value = response.entry().value();
      get.revision = response.entry().revision();
    }
    End(std::move(get), status);
    if (status.ok()) return response.entry().revision();
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) return 0;
    return std::nullopt;
  }

  void Replace(const std::string& key) {
    if (const auto revision = Get(key)) Put(key, revision);
  }

  void Delete(const std::string& key) {
    kv::v1::DeleteRequest request;
    request.set_key(key);
    kv::v1::DeleteResponse response;
    Operation remove = Begin("delete", key);
    grpc::ClientContext context;
    connection_.Prepare(context);
    const auto status = connection_.stub().Delete(&context, request, &response);
    if (status.ok()) {
      remove.deleted = response.deleted();
      remove.revision = response.revision();
    }
    End(std::move(remove), status);
  }

  void Import() {
    std::map<std::string, std::string> entries;  // the server's order, too
    while (entries.size() < kImportEntries) entries[Key()] = "";
    Operation import = Begin("import", "");
    kv::v1::ImportResponse response;
    grpc::ClientContext context;
    connection_.Prepare(context);
    const auto stream = connection_.stub().Import(&context, &response);
    for (auto& [key, value] : entries) {
      value = Value();
      kv::v1::ImportRequest request;
      request.set_key(key);
      request.set_value(value);
      Entry& entry = import.entries.emplace_back();
      entry.set_key(key);
      entry.set_value(value);
      stream->Write(request);  // Finish() says why if it fails
    }
    stream->WritesDone();
    const auto status = stream->Finish();
    if (status.ok()) import.revision = response.revision();
    End(std::move(import), status);
  }

  void Pipeline() {
    grpc::ClientContext context;
    connection_.Prepare(context);
    const auto stream = connection_.stub().Pipeline(&context);
    std::vector<Operation> asked;
    for (std::uint64_t id = 0; id < kPipelined; ++id) {
      kv::v1::PipelineRequest request;
      request.set_id(id);
      const std::string key = Key();
      const auto turn = random_() % 4;
      asked.push_back(Begin(turn == 0   ? "get"
                            : turn == 1 ? "delete"
                                        : "put",
                            key));
      if (turn == 0) {
        request.mutable_get_request()->set_key(key);
      } else if (turn == 1) {
        request.mutable_delete_request()->set_key(key);
      } else {
        asked.back().value = Value();
        request.mutable_put_request()->set_key(key);
        request.mutable_put_request()->set_value(asked.back().value);
      }
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
    kv::v1::PipelineResponse answer;
    while (stream->Read(&answer)) Answered(asked.at(answer.id()), answer);
    const auto status = stream->Finish();
    for (Operation& operation : asked) {
      if (operation.end == 0) operation.end = Now();  // unknown
      operations_.push_back(std::move(operation));
    }
    if (!status.ok()) connection_.Next();
  }

  static void Answered(Operation& operation,
                       const kv::v1::PipelineResponse& answer) {
    operation.end = Now();
    SetResult(operation, answer.code(), "");
    if (answer.has_get_response()) {
      operation.value = answer.get_response().entry().value();
      operation.revision = answer.get_response().entry().revision();
    } else if (answer.has_put_response()) {
      operation.revision = answer.put_response().revision();
    } else if (answer.has_delete_response()) {
      operation.deleted = answer.delete_response().deleted();
      operation.revision = answer.delete_response().revision();
    }
  }

  void List(const std::string& prefix) {
    kv::v1::ListRequest request;
    request.set_prefix(prefix);
    Operation list = Begin("list", prefix);
    grpc::ClientContext context;
    connection_.Prepare(context);
    const auto stream = connection_.stub().List(&context, request);
    kv::v1::ListResponse response;
    while (stream->Read(&response)) {
      list.entries.insert(list.entries.end(), response.entries().begin(),
                          response.entries().end());
    }
    End(std::move(list), stream->Finish());
  }

  Connection connection_;
  const int id_;
  std::mt19937 random_;
  int values_ = 0;
  std::vector<Operation> operations_;
};

// Follows all changes, and goes on at another server when its watch ends.
class Follower {
 public:
  Follower(const Servers& servers, std::size_t first)
      : connection_(servers, first) {}

  // Returns after Stop().
  void Run() {
    while (!stop_) {
      grpc::ClientContext context;
      connection_.Prepare(context, kWatch);
      kv::v1::WatchRequest request;
      request.set_after_revision(seen_.revision());
      if (!store_.empty()) context.AddMetadata("kv-store", store_);
      const auto stream = connection_.stub().Watch(&context, request);
      kv::v1::WatchResponse response;
      while (!stop_ && stream->Read(&response)) seen_.Add(response);
      context.TryCancel();  // if it was Stop() that ended the loop
      const grpc::Status end = stream->Finish();
      const auto& headers = context.GetServerInitialMetadata();
      if (const auto at = headers.find("kv-store"); at != headers.end()) {
        store_ = std::string(at->second.data(), at->second.size());
      }
      const bool expected =
          end.error_code() != grpc::StatusCode::OUT_OF_RANGE &&
          end.error_code() != grpc::StatusCode::FAILED_PRECONDITION;
      if (!expected && ++failures_ <= kMostFailures) {
        std::cerr << "load: a watch after revision " +
                         std::to_string(seen_.revision()) +
                         " failed: " + end.error_message() + "\n";
      }
      connection_.Next();
    }
  }
  // Run() ends when the current watch does, which has a deadline.
  void Stop() { stop_ = true; }

  const load::Seen& seen() const { return seen_; }

 private:
  Connection connection_;
  std::string store_;
  load::Seen seen_;
  int failures_ = 0;  // that no break explains
  std::atomic<bool> stop_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: load CA TOKEN_FILE ADDRESS...\n";
    return 2;
  }
  const Servers servers(argv[1], argv[2], {argv + 3, argv + argc});

  std::vector<std::thread> following;
  std::vector<std::unique_ptr<Follower>> followers;
  load::Watchers watchers;
  for (std::size_t i = 0; i < servers.addresses.size(); ++i) {
    followers.push_back(std::make_unique<Follower>(servers, i));
    watchers.push_back(&followers.back()->seen());
    following.emplace_back(
        [follower = followers.back().get()] { follower->Run(); });
  }
  std::atomic<bool> stop = false;
  std::vector<std::thread> running;
  std::vector<std::unique_ptr<Client>> clients;
  for (int id = 0; id <= kClients; ++id) {
    clients.push_back(std::make_unique<Client>(servers, id));
    if (id == kClients) break;  // this one writes the last key
    running.emplace_back(
        [&, client = clients.back().get()] { client->Run(stop); });
  }
  std::cin.ignore(INT64_MAX);
  stop = true;
  for (std::thread& client : running) client.join();

  load::Contents contents;
  const std::int64_t last = load::Finish(
      servers, [&] { return clients.back()->Put(load::kLastKey, {}); },
      watchers, contents);
  if (last != 0) clients.back()->Forget();  // the history ends before it
  for (const auto& follower : followers) follower->Stop();
  for (std::thread& follower : following) follower.join();

  std::vector<Operation> operations;
  for (const auto& client : clients) {
    operations.insert(operations.end(), client->operations().begin(),
                      client->operations().end());
  }
  load::Write(operations, watchers, last, contents);
  load::Summarize(operations);
  return last == 0 || load::wrong ? 1 : 0;
}
