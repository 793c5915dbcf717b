// What gRPC itself does with a stream in each direction. Each claim of that
// kind on the page of stage 06 has a test here.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "kv/v1/kv.grpc.pb.h"
#include "server/call_limit.h"
#include "service/service.h"
#include "store/store.h"

namespace traps_test {

using grpc::StatusCode;
using kv::v1::KeyValueService;
using kv::v1::PipelineRequest;
using kv::v1::PipelineResponse;
using Clock = std::chrono::system_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ServerStream =
    grpc::ServerReaderWriter<PipelineResponse, PipelineRequest>;
using ClientStream =
    grpc::ClientReaderWriter<PipelineRequest, PipelineResponse>;

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr milliseconds kAWhile(200);

// Pipeline does what the test sets.
class Piper final : public KeyValueService::Service {
 public:
  using Body = std::function<grpc::Status(ServerStream*)>;
  explicit Piper(Body body) : body_(std::move(body)) {}

  grpc::Status Pipeline(grpc::ServerContext* /*context*/,
                        ServerStream* stream) override {
    return body_(stream);
  }

 private:
  const Body body_;
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

PipelineRequest Get(const std::string& key) {
  PipelineRequest request;
  request.mutable_get_request()->set_key(key);
  return request;
}

PipelineRequest Put(const std::string& key, const std::string& value) {
  PipelineRequest request;
  request.mutable_put_request()->set_key(key);
  request.mutable_put_request()->set_value(value);
  return request;
}

// The stage's own service, with something to read.
class Pipeline : public testing::Test {
 protected:
  Pipeline() { EXPECT_TRUE(store_.Put("big", big_).ok()); }

  // The store's revision: how many changes were made.
  std::int64_t Revision() { return store_.Delete("never there").revision; }

  const std::string big_ = std::string(64 << 10, 'v');
  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
  const Running running_{service_};
};

constexpr int kPairs = 1000;  // of a Put and a Get: 64 MiB up, 64 MiB down

// [all_first]
bool WriteAll(ClientStream& stream, const std::string& value) {
  for (int i = 0; i < kPairs; ++i) {
    if (!stream.Write(Put("k", value))) return false;
    if (!stream.Write(Get("big"))) return false;
  }
  return stream.WritesDone();
}

TEST_F(Pipeline, WritingAllBeforeReadingHangs) {
  Context context(seconds(2));
  const auto stream = running_.stub->Pipeline(&context);
  EXPECT_FALSE(WriteAll(*stream, big_));  // hangs until the deadline
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_GT(Revision(), 1);  // some were done, and no answer was seen
}
// [all_first]

TEST_F(Pipeline, OneThreadWritesWhileTheOtherReads) {
  Context context;
  const auto stream = running_.stub->Pipeline(&context);
  std::thread writing([&] { EXPECT_TRUE(WriteAll(*stream, big_)); });
  PipelineResponse answer;
  int answers = 0;
  while (stream->Read(&answer)) ++answers;
  writing.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answers, 2 * kPairs);  // none was lost
}

TEST_F(Pipeline, OneThreadWillDoForOneAtATime) {
  Context context;
  const auto stream = running_.stub->Pipeline(&context);
  PipelineResponse answer;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    PipelineRequest request = Get("big");
    request.set_id(id);
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&answer));
    EXPECT_EQ(answer.id(), id);
  }
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
}

// [bounded]
TEST_F(Pipeline, TheServerStopsReadingWhenItsAnswersAreNotRead) {
  Context context;
  const auto stream = running_.stub->Pipeline(&context);
  for (int i = 0; i < kPairs; ++i) {  // small ones: all are sent
    ASSERT_TRUE(stream->Write(Put("k", "")));
    ASSERT_TRUE(stream->Write(Get("big")));
  }
  ASSERT_TRUE(stream->WritesDone());
  std::this_thread::sleep_for(kAWhile);
  EXPECT_LT(Revision(), kPairs / 2);  // it waits: its queue of answers is full

  PipelineResponse answer;
  int answers = 0;
  while (stream->Read(&answer)) ++answers;
  EXPECT_EQ(answers, 2 * kPairs);  // half-closed long ago, and all are answered
  EXPECT_TRUE(stream->Finish().ok());
}
// [bounded]

TEST_F(Pipeline, WithoutHalfCloseTheReadsDoNotEnd) {
  Context context;
  const auto stream = running_.stub->Pipeline(&context);
  EXPECT_TRUE(stream->Write(Get("big")));
  // no WritesDone()
  PipelineResponse answer;
  EXPECT_TRUE(stream->Read(&answer));
  const auto next =
      std::async(std::launch::async, [&] { return stream->Read(&answer); });
  EXPECT_FALSE(Ready(next));  // the server waits for more, and so do we
  context.TryCancel();
}

TEST_F(Pipeline, AFailedOperationIsNoFailedCall) {
  Context context;
  const auto stream = running_.stub->Pipeline(&context);
  EXPECT_TRUE(stream->Write(Get("town")));
  EXPECT_TRUE(stream->Write(Get("big")));
  EXPECT_TRUE(stream->WritesDone());
  PipelineResponse answer;
  EXPECT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.code(), StatusCode::NOT_FOUND);
  EXPECT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.code(), StatusCode::OK);
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());  // the call went well
}

TEST_F(Pipeline, AnIdNeedNotBeUnique) {
  Context context;
  const auto stream = running_.stub->Pipeline(&context);
  PipelineRequest request = Get("big");
  request.set_id(7);
  PipelineResponse answer;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&answer));
    EXPECT_EQ(answer.id(), 7U);
  }
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(Directions, AreIndependent) {
  Piper service([](ServerStream* stream) {
    for (int i = 0; i < 3; ++i) stream->Write(PipelineResponse());
    PipelineRequest request;  // three answers before the first request
    while (stream->Read(&request)) {
    }
    stream->Write(PipelineResponse());  // and one after the last
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto stream = running.stub->Pipeline(&context);
  PipelineResponse answer;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(stream->Read(&answer));
  EXPECT_TRUE(stream->Write(Get("city")));
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_TRUE(stream->Read(&answer));
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(WritersDeathTest, TwoAtOnceAbortTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        std::promise<void> end;
        Piper service([&](ServerStream* /*stream*/) {
          end.get_future().wait();
          return grpc::Status::OK;
        });
        const Running running(service);
        // [two_writers]
        Context context;
        const auto stream = running.stub->Pipeline(&context);
        const PipelineRequest large = Put("k", std::string(32 << 20, 'v'));
        std::thread other([&] { stream->Write(large); });
        while (stream->Write(Get("city"))) {
        }
        // [two_writers]
        other.join();
      },
      "API misuse of type GRPC_CALL_ERROR_TOO_MANY_OPERATIONS observed");
}

}  // namespace traps_test
