// LimitCalls() lets that many handlers run, rejects the next call, and
// recovers. LimitAbuse() rejects compressed messages.
#include "server/call_limit.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "server/abuse_limit.h"

namespace call_limit_test {

// Each Get stays in its handler until the test releases it.
class Held final : public kv::v1::KeyValueService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* /*context*/,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    std::unique_lock lock(mutex_);
    ++inside_;
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
    changed_.wait(lock, [&] { return let_go_; });
    return grpc::Status::OK;
  }
  void AwaitInside(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }
  std::size_t Threads() {
    const std::lock_guard lock(mutex_);
    return threads_.size();
  }
  void LetGo() {
    const std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::thread::id> threads_;
  int inside_ = 0;
  bool let_go_ = false;
};

class CallLimit : public testing::TestWithParam<int> {};

TEST_P(CallLimit, RefusesOneCallMoreAndGoesOn) {
  Held service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  kv::LimitCalls(builder, GetParam());
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const auto stub = kv::v1::KeyValueService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  const auto get = [&] {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    kv::v1::GetResponse response;
    return stub->Get(&context, {}, &response);
  };

  std::vector<std::thread> callers;
  callers.reserve(GetParam());
  std::vector<grpc::Status> statuses(GetParam());
  for (int i = 0; i < GetParam(); ++i) {
    callers.emplace_back([&, i] { statuses[i] = get(); });
    service.AwaitInside(i + 1);
  }
  const grpc::Status refused = get();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(refused.error_message(), "Server Threadpool Exhausted");

  service.LetGo();
  for (std::thread& caller : callers) caller.join();
  for (const grpc::Status& status : statuses) EXPECT_TRUE(status.ok());

  // A thread counts until it has cleaned up its call, shortly after the answer.
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);
  grpc::Status after = get();
  while (!after.ok() && std::chrono::steady_clock::now() < until) {
    EXPECT_EQ(after.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    after = get();
  }
  EXPECT_TRUE(after.ok()) << after.error_message();
}

// Why there is a limit: without one, each call gets a thread.
TEST(NoCallLimit, EachCallHasAThreadOfItsOwn) {
  constexpr int kCalls = 200;
  Held service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = kv::v1::KeyValueService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  std::vector<std::thread> callers;
  callers.reserve(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      kv::v1::GetResponse response;
      EXPECT_TRUE(stub->Get(&context, {}, &response).ok());
    });
  }
  service.AwaitInside(kCalls);
  EXPECT_EQ(service.Threads(), kCalls);
  service.LetGo();
  for (std::thread& caller : callers) caller.join();
}

TEST(Compressed, IsRejected) {
  Held service;
  service.LetGo();
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  kv::LimitAbuse(builder);
  const auto server = builder.BuildAndStart();
  const auto stub = kv::v1::KeyValueService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  kv::v1::GetRequest request;
  request.set_key(std::string(10000, 'k'));  // a short one is not compressed
  kv::v1::GetResponse response;
  EXPECT_EQ(stub->Get(&context, request, &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

INSTANTIATE_TEST_SUITE_P(Calls, CallLimit, testing::Values(1, 2, 16));

}  // namespace call_limit_test
