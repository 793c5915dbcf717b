// What gRPC itself does with a stream of requests. Each claim of that kind on
// the page of stage 05 has a test here.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "kv/v1/kv.grpc.pb.h"
#include "server/call_limit.h"
#include "service/service.h"
#include "store/store.h"

namespace traps_test {

using grpc::StatusCode;
using kv::v1::KeyValueService;
using Clock = std::chrono::system_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Reader = grpc::ServerReader<kv::v1::ImportRequest>;

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr milliseconds kAWhile(200);

// Import does what the test sets.
class Importer final : public KeyValueService::Service {
 public:
  using Body = std::function<grpc::Status(grpc::ServerContext*, Reader*,
                                          kv::v1::ImportResponse*)>;
  explicit Importer(Body body) : body_(std::move(body)) {}

  grpc::Status Import(grpc::ServerContext* context, Reader* reader,
                      kv::v1::ImportResponse* response) override {
    return body_(context, reader, response);
  }

 private:
  const Body body_;
};

// The stage's own service. Notifies the test when an Import has entered its
// handler, and when it has left it.
class Telling final : public KeyValueService::Service {
 public:
  grpc::Status Import(grpc::ServerContext* context, Reader* reader,
                      kv::v1::ImportResponse* response) override {
    entered.set_value();
    grpc::Status status = service_.Import(context, reader, response);
    left.set_value();
    return status;
  }
  kv::Store store;
  std::promise<void> entered, left;

 private:
  kv::KeyValueServiceImpl service_{store};
};

// A server on a free port, and a stub with a connection of its own.
struct Running {
  explicit Running(grpc::Service& service, int max_calls = 1000) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service);
    kv::LimitCalls(builder, max_calls);
    server = builder.BuildAndStart();
    target = "127.0.0.1:" + std::to_string(port);
    stub = Connect();
  }
  ~Running() { server->Shutdown(Clock::now()); }

  std::unique_ptr<KeyValueService::Stub> Connect() const {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return KeyValueService::NewStub(grpc::CreateCustomChannel(
        target, grpc::InsecureChannelCredentials(), own));
  }

  std::string target;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<KeyValueService::Stub> stub;
};

// A context with a deadline, so that a call that hangs fails its test.
struct Context : grpc::ClientContext {
  explicit Context(milliseconds timeout = seconds(30)) {
    set_deadline(Clock::now() + timeout);
  }
};

template <typename T>
bool Ready(const std::future<T>& future) {
  return future.wait_for(kAWhile) == std::future_status::ready;
}

kv::v1::ImportRequest Of(const std::string& key, const std::string& value) {
  kv::v1::ImportRequest request;
  request.set_key(key);
  request.set_value(value);
  return request;
}

TEST(HalfClose, WithoutItTheServerWaitsForMore) {
  std::promise<void> read;
  Importer service([&](grpc::ServerContext* /*context*/, Reader* reader,
                       kv::v1::ImportResponse* /*response*/) {
    kv::v1::ImportRequest request;
    while (reader->Read(&request)) read.set_value();
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  EXPECT_TRUE(writer->Write(Of("a", "1")));
  // no WritesDone()
  auto finish =
      std::async(std::launch::async, [&] { return writer->Finish().ok(); });
  read.get_future().wait();     // the server has read the only entry
  EXPECT_FALSE(Ready(finish));  // and waits for the next one
  context.TryCancel();
  EXPECT_FALSE(finish.get());
}

TEST(EarlyAnswer, EndsTheWritingAndFinishSaysWhy) {
  Importer service([](grpc::ServerContext* /*context*/, Reader* /*reader*/,
                      kv::v1::ImportResponse* /*response*/) {
    return grpc::Status(StatusCode::INVALID_ARGUMENT, "I have seen enough");
  });
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  while (writer->Write(Of("a", "1"))) {
  }
  const grpc::Status status = writer->Finish();  // no WritesDone(): it is over
  EXPECT_EQ(status.error_message(), "I have seen enough");
}

// Often no Write succeeds that comes after the answer, so it is tried until
// one does.
constexpr int kTries = 200;

// [goes_on]
TEST(EarlyAnswer, SomeWritesSucceedAndNobodyReadsThem) {
  Importer service([](grpc::ServerContext* /*context*/, Reader* /*reader*/,
                      kv::v1::ImportResponse* /*response*/) {
    return grpc::Status(StatusCode::INVALID_ARGUMENT, "nothing was read");
  });
  const Running running(service);
  int succeeded = 0;
  for (int i = 0; i < kTries && succeeded == 0; ++i) {
    Context context;
    kv::v1::ImportResponse response;
    const auto writer = running.stub->Import(&context, &response);
    while (writer->Write(Of("a", "1"))) ++succeeded;
    EXPECT_FALSE(writer->Finish().ok());
  }
  EXPECT_GT(succeeded, 0);
}
// [goes_on]

TEST(Response, IsFilledInByFinish) {
  Importer service([](grpc::ServerContext* /*context*/, Reader* /*reader*/,
                      kv::v1::ImportResponse* response) {
    response->set_imported_count(3);
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  while (writer->Write(Of("a", "1"))) {
  }
  EXPECT_EQ(response.imported_count(), 0);  // it is over, and still empty
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response.imported_count(), 3);
}

// [not_asked]
TEST(Cancelled, AHandlerThatDoesNotAskStoresHalfAnImport) {
  kv::Store store;
  std::promise<void> half;
  std::promise<void> stored;
  Importer service([&](grpc::ServerContext* /*context*/, Reader* reader,
                       kv::v1::ImportResponse* /*response*/) {
    std::map<std::string, std::string> entries;
    kv::v1::ImportRequest request;
    while (reader->Read(&request)) {
      entries[request.key()] = request.value();
      half.set_value();
    }
    store.Import(entries);  // Read was false: is that all there is?
    stored.set_value();
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  EXPECT_TRUE(writer->Write(Of("a", "1")));  // the first of two
  half.get_future().wait();
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), StatusCode::CANCELLED);
  stored.get_future().wait();
  EXPECT_TRUE(store.Get("a").ok());  // half an import
}
// [not_asked]

TEST(Cancelled, OursStoresNothing) {
  Telling service;
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  EXPECT_TRUE(writer->Write(Of("a", "1")));
  service.entered.get_future().wait();
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), StatusCode::CANCELLED);
  service.left.get_future().wait();
  EXPECT_TRUE(service.store.List("", 0).empty());
}

TEST(Import, StoresNothingWhenAnEntryIsWrong) {
  Telling service;
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  (void)(writer->Write(Of("a", "1")) && writer->Write(Of("", "2")));
  EXPECT_EQ(writer->Finish().error_message(),
            "entry 2: key: must not be empty");  // and no half-close
  EXPECT_TRUE(service.store.List("", 0).empty());
}

TEST(Import, HasALimit) {
  Telling service;
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  const std::string value(1 << 20, 'v');  // the largest there is
  int written = 0;
  while (written < 1000 && writer->Write(Of("k", value))) ++written;
  EXPECT_LT(written, 1000);  // it need not send them all to hear of it
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(
      status.error_message(),
      "entry 64: an import may hold at most 100000 entries and 67108864 bytes");
  EXPECT_TRUE(service.store.List("", 0).empty());
}

TEST(Import, HasALimitOfEntries) {
  Telling service;
  const Running running(service);
  Context context(seconds(50));
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  const auto entry = Of("k", "");
  int written = 0;
  while (written < 1'000'000 && writer->Write(entry)) ++written;
  EXPECT_EQ(
      writer->Finish().error_message(),
      "entry 100001: an import may hold at most 100000 entries and 67108864 "
      "bytes");
}

TEST(Import, AllTogetherHaveALimit) {
  constexpr std::size_t kBytes = 1000;  // 256 MiB in the program
  kv::Store store;
  kv::KeyValueServiceImpl service(store, kBytes);
  const Running running(service);
  const auto entry = Of("k", std::string(600, 'v'));
  const auto import = [&](const auto& meanwhile) {
    Context context;
    kv::v1::ImportResponse response;
    const auto writer = running.stub->Import(&context, &response);
    writer->Write(entry);
    meanwhile();
    writer->WritesDone();
    return writer->Finish();
  };
  grpc::Status first;
  grpc::Status second;
  // When the server reads the first one late, there is room for both.
  while (first.ok() && second.ok()) {
    first = import([&] { second = import([] {}); });
  }
  const grpc::Status& refused = first.ok() ? second : first;
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(
      refused.error_message(),
      "entry 1: running imports use all the memory for imports; try again "
      "later");
  // Both have given back what they held.
  EXPECT_TRUE(import([] {}).ok());
}

// [not_read]
TEST(FlowControl, StopsAClientWhoseServerDoesNotRead) {
  constexpr int kMessages = 4096;  // of 64 KiB: 256 MiB
  std::promise<void> go_on;
  Importer service([&](grpc::ServerContext* /*context*/, Reader* /*reader*/,
                       kv::v1::ImportResponse* /*response*/) {
    go_on.get_future().wait();  // and no Read
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = running.stub->Import(&context, &response);
  std::atomic<int> written = 0;
  const auto writing = std::async(std::launch::async, [&] {
    const auto message = Of("k", std::string(64 << 10, 'v'));
    while (written < kMessages && writer->Write(message)) ++written;
  });
  EXPECT_FALSE(Ready(writing));  // it is inside Write
  go_on.set_value();             // the early answer ends that
  writing.wait();
  EXPECT_LT(written, kMessages / 16);
  EXPECT_TRUE(writer->Finish().ok());
}
// [not_read]

}  // namespace traps_test
