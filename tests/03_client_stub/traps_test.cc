// What gRPC itself does on a client. Each claim of that kind on the page of
// stage 03 has a test here.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "store/store.h"

namespace traps_test {

using grpc::StatusCode;
using kv::v1::KeyValueService;
using Clock = std::chrono::system_clock;

// Remembers the peer and the deadline of each Get. A Put is stored, and then
// stays in its handler until its client has cancelled.
class Observing final : public KeyValueService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    const std::lock_guard lock(mutex_);
    peers_.insert(context->peer());
    deadline_ = context->deadline();
    return grpc::Status::OK;
  }
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* /*response*/) override {
    EXPECT_TRUE(store.Put(request->key(), request->value()).ok());
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  }

  std::size_t Connections() {
    const std::lock_guard lock(mutex_);
    return peers_.size();
  }
  Clock::time_point Deadline() {
    const std::lock_guard lock(mutex_);
    return deadline_;
  }

  kv::Store store;

 private:
  std::mutex mutex_;  // guards what follows
  std::set<std::string> peers_;
  Clock::time_point deadline_;
};

class Client : public testing::Test {
 protected:
  Client() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    target_ = "127.0.0.1:" + std::to_string(port);
  }
  std::shared_ptr<grpc::Channel> Channel() const {
    return grpc::CreateChannel(target_, grpc::InsecureChannelCredentials());
  }

  Observing service_;
  std::unique_ptr<grpc::Server> server_;
  std::string target_;
};

grpc::Status Get(const std::shared_ptr<grpc::Channel>& channel,
                 grpc::ClientContext& context) {
  kv::v1::GetResponse response;
  return KeyValueService::NewStub(channel)->Get(&context, {}, &response);
}

TEST_F(Client, ACallHasNoDeadlineUnlessOneIsSet) {
  grpc::ClientContext context;
  ASSERT_TRUE(Get(Channel(), context).ok());
  EXPECT_EQ(service_.Deadline(), Clock::time_point::max());
}

TEST_F(Client, TheServerIsToldTheDeadline) {
  const auto deadline = Clock::now() + std::chrono::minutes(10);
  grpc::ClientContext context;
  context.set_deadline(deadline);
  ASSERT_TRUE(Get(Channel(), context).ok());
  EXPECT_LT(service_.Deadline(), deadline + std::chrono::minutes(1));
  EXPECT_GT(service_.Deadline(), deadline - std::chrono::minutes(1));
}

// [lazy]
TEST_F(Client, AChannelConnectsWhenACallNeedsIt) {
  const auto channel = Channel();
  EXPECT_EQ(channel->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_IDLE);
  grpc::ClientContext context;
  ASSERT_TRUE(Get(channel, context).ok());
  EXPECT_EQ(channel->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_READY);
}
// [lazy]

TEST_F(Client, ManyThreadsShareAChannelAndItsConnection) {
  const auto channel = Channel();
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      grpc::ClientContext context;
      EXPECT_TRUE(Get(channel, context).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(service_.Connections(), 1U);
}

// [shared]
TEST_F(Client, TwoChannelsToOneTargetShareAConnection) {
  const auto one = Channel();
  const auto two = Channel();
  for (const auto& channel : {one, two}) {
    grpc::ClientContext context;
    ASSERT_TRUE(Get(channel, context).ok());
  }
  EXPECT_EQ(service_.Connections(), 1U);

  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::ClientContext context;
  ASSERT_TRUE(Get(grpc::CreateCustomChannel(
                      target_, grpc::InsecureChannelCredentials(), own),
                  context)
                  .ok());
  EXPECT_EQ(service_.Connections(), 2U);
}
// [shared]

TEST_F(Client, DeadlineExceededDoesNotTellWhetherThePutWasDone) {
  const auto stub = KeyValueService::NewStub(Channel());
  kv::v1::PutRequest request;
  request.set_key("city");
  request.set_value("Berlin");
  auto patience = std::chrono::milliseconds(100);
  do {  // a slow machine may need more
    grpc::ClientContext context;
    context.set_deadline(Clock::now() + patience);
    kv::v1::PutResponse response;
    const grpc::Status status = stub->Put(&context, request, &response);
    ASSERT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
    patience *= 2;
  } while (!service_.store.Get("city").ok());
  EXPECT_EQ(service_.store.Get("city")->value, "Berlin");  // it was done
}

using ClientDeathTest = Client;

TEST_F(ClientDeathTest, ASecondCallWithOneContextAbortsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  // [reused]
  grpc::ClientContext context;
  kv::v1::GetRequest request;
  kv::v1::GetResponse response;
  const auto stub = KeyValueService::NewStub(Channel());
  EXPECT_TRUE(stub->Get(&context, request, &response).ok());
  EXPECT_DEATH((void)stub->Get(&context, request, &response), "call_ ==");
  // [reused]
}

}  // namespace traps_test
