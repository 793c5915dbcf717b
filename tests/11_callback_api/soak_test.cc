// Calls of all kinds, a third of them cancelled at random moments: nothing
// hangs, nothing leaks, an import is stored wholly or not at all, and the store
// is consistent.
//
// SOAK_CALLS=1000000 in the environment makes it a test of some minutes.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "running.h"
#include "service/service.h"
#include "store/store.h"

namespace soak_test {

using grpc::StatusCode;
using running::Context;

constexpr int kThreads = 16;
constexpr int kImportEntries = 3;
constexpr char kEnd[] = "import/end";  // written when all calls have ended

int Calls() {
  const char* const calls = std::getenv("SOAK_CALLS");
  return calls == nullptr ? 4000 : std::atoi(calls);
}

// The memory of this process.
int ResidentKib() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line) && line.rfind("VmRSS:", 0) != 0) {
  }
  return line.empty() ? 0 : std::stoi(line.substr(line.find(':') + 1));
}

// Makes random calls. Counts what was acknowledged and what may have been done.
class Caller final {
 public:
  Caller(kv::v1::KeyValueService::Stub& stub, int id)
      : stub_(stub), id_(std::to_string(id)), random_(id) {}

  void Run(int calls) {
    for (int i = 0; i < calls; ++i) {
      switch (Below(5)) {
        case 0:
          Put();
          break;
        case 1:
          List();
          break;
        case 2:
          Import();
          break;
        case 3:
          Pipeline();
          break;
        case 4:
          Watch();
      }
    }
  }

  int puts = 0;           // acknowledged
  int maybe_puts = 0;     // not
  int imports = 0;        // acknowledged
  int maybe_imports = 0;  // not, but the half-close was sent
  int wrong = 0;          // statuses that no such call may have

 private:
  int Below(int n) {
    return std::uniform_int_distribution<int>(0, n - 1)(random_);
  }
  bool Third() { return Below(3) == 0; }

  void Check(const grpc::Status& status, bool cancelled) {
    if (!status.ok() &&
        !(cancelled && status.error_code() == StatusCode::CANCELLED)) {
      ++wrong;
      ADD_FAILURE() << status.error_code() << " " << status.error_message();
    }
  }

  void Put() {
    Context context;
    kv::v1::PutRequest request;
    kv::v1::PutResponse response;
    request.set_key("put/" + id_);
    std::thread cancelling;
    const bool cancel = Third();
    if (cancel) cancelling = std::thread([&] { context.TryCancel(); });
    const grpc::Status status = stub_.Put(&context, request, &response);
    if (cancel) cancelling.join();
    ++(status.ok() ? puts : maybe_puts);
    Check(status, cancel);
  }

  void List() {
    Context context;
    const auto reader = stub_.List(&context, {});
    kv::v1::ListResponse response;
    const bool cancel = Third();
    if (cancel && Below(2) == 0) context.TryCancel();
    while (reader->Read(&response)) {
      if (cancel) context.TryCancel();
    }
    Check(reader->Finish(), cancel);
  }

  void Import() {
    Context context;
    kv::v1::ImportResponse response;
    const auto writer = stub_.Import(&context, &response);
    const int cancel_at = Third() ? Below(kImportEntries + 2) : -1;
    for (int i = 0; i < kImportEntries; ++i) {
      if (i == cancel_at) context.TryCancel();
      kv::v1::ImportRequest request;
      request.set_key("import/" + id_ + "/" + std::to_string(i));
      if (!writer->Write(request)) break;
    }
    if (cancel_at == kImportEntries) context.TryCancel();
    const bool sent =
        (cancel_at < 0 || cancel_at > kImportEntries) && writer->WritesDone();
    if (cancel_at > kImportEntries) context.TryCancel();
    const grpc::Status status = writer->Finish();
    Check(status, cancel_at >= 0);
    if (status.ok()) {
      ++imports;
    } else if (sent) {
      ++maybe_imports;
    }
  }

  void Pipeline() {
    Context context;
    const auto stream = stub_.Pipeline(&context);
    const bool cancel = Third();
    const int writes = Below(4);
    int sent = 0;
    kv::v1::PipelineRequest request;
    request.mutable_put_request()->set_key("put/" + id_);
    while (sent < writes && stream->Write(request)) ++sent;
    if (cancel) {
      context.TryCancel();
    } else {
      stream->WritesDone();
    }
    int answers = 0;
    kv::v1::PipelineResponse answer;
    while (stream->Read(&answer)) ++answers;
    Check(stream->Finish(), cancel);
    puts += answers;
    maybe_puts += sent - answers;
  }

  void Watch() {
    Context context;
    kv::v1::WatchRequest request;
    request.set_prefix("put/" + id_);
    const auto reader = stub_.Watch(&context, request);
    if (Below(2) == 0) reader->WaitForInitialMetadata();
    if (Below(2) == 0) Put();
    context.TryCancel();
    kv::v1::WatchResponse response;
    while (reader->Read(&response)) {
    }
    Check(reader->Finish(), true);
  }

  kv::v1::KeyValueService::Stub& stub_;
  const std::string id_;
  std::mt19937 random_;
};

// Follows the imports, and counts those that are whole.
class Follower final {
 public:
  explicit Follower(kv::Store& store)
      : watcher_(*store.Watch("import/", std::nullopt)) {
    Continue();
  }

  // Waits until it has seen kEnd.
  int Whole() {
    ended_.get_future().wait();
    EXPECT_EQ(parts_, 0) << "of the last import";
    return whole_;
  }

 private:
  void Continue() {
    for (;;) {
      const auto changes = watcher_->Next();
      ASSERT_TRUE(changes.ok());
      for (const kv::Change& change : *changes) {
        if (change.entry->key == kEnd) {
          ended_.set_value();
          return;
        }
        Count(*change.entry);
      }
      if (changes->empty() && watcher_->Wait([this] { Continue(); })) return;
    }
  }

  void Count(const kv::Entry& entry) {
    EXPECT_EQ(entry.key.back() - '0', parts_) << entry.key;
    if (parts_ > 0) {
      EXPECT_EQ(entry.revision, revision_ + 1) << entry.key;
    }
    revision_ = entry.revision;
    parts_ = (parts_ + 1) % kImportEntries;
    if (parts_ == 0) ++whole_;
  }

  const std::unique_ptr<kv::Watcher> watcher_;
  int parts_ = 0;
  int whole_ = 0;
  std::int64_t revision_ = 0;
  std::promise<void> ended_;
};

TEST(Soak, NothingHangsAndImportsAreAtomic) {
  kv::Store store;
  kv::Limits limits;
  limits.calls = 10'000;  // a place is freed a little after the status
  kv::KeyValueServiceImpl service(store, limits);
  Follower follower(store);
  running::Running running(service);
  std::vector<Caller> callers;
  callers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) callers.emplace_back(*running.stub, i);
  const auto run = [&callers](int calls) {
    std::vector<std::thread> threads;
    threads.reserve(callers.size());
    for (Caller& caller : callers) {
      threads.emplace_back([&caller, calls] { caller.Run(calls / kThreads); });
    }
    for (std::thread& thread : threads) thread.join();
  };
  const int first = Calls() / 10;
  run(first);
  const int early = ResidentKib();
  run(Calls() - first);
  const int late = ResidentKib();
  std::cout << "resident: " << early << " KiB, then " << late << " KiB\n";
  if (Calls() >= 1'000'000) {  // before, the log of changes is not full
    EXPECT_LT(late, early * 1.5);
  }
  // Waits for the handlers of cancelled calls, too.
  running.server->Shutdown(running::Clock::now() + std::chrono::seconds(30));
  const auto after = store.Put(kEnd, "");
  ASSERT_TRUE(after.ok());

  int puts = 0;
  int maybe_puts = 0;
  int imports = 0;
  int maybe_imports = 0;
  for (const Caller& caller : callers) {
    puts += caller.puts;
    maybe_puts += caller.maybe_puts;
    imports += caller.imports;
    maybe_imports += caller.maybe_imports;
  }
  const int whole = follower.Whole();
  EXPECT_GE(whole, imports);
  EXPECT_LE(whole, imports + maybe_imports);
  const std::int64_t written =
      *after - 1 - std::int64_t{kImportEntries} * whole;
  EXPECT_GE(written, puts);
  EXPECT_LE(written, puts + maybe_puts);
}

}  // namespace soak_test
