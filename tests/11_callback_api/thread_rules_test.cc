// Which threads call a service on the callback API, and when.
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "auth/require_user.h"
#include "auth/tokens.h"
#include "reacts.h"

namespace thread_rules_test {

using grpc::Status;
using grpc::StatusCode;
using running::Comes;
using running::Context;
using running::Get;
using running::Reacts;
using running::Running;

// [threads]
// gRPC calls all reactors of the process on so few threads.
int Threads() {
  const auto cores = static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
  return std::clamp(cores / 2, 2, 16);
}
// [threads]

// [blocks]
// Wrong: waits in the function. When all threads wait, all other calls do.
TEST(Blocking, InEachThreadBlocksAllOtherCalls) {
  absl::BlockingCounter entered(Threads());
  std::promise<void> other_entered;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future();
  std::atomic<int> calls = 0;
  Reacts service;
  service.get = [&](grpc::CallbackServerContext& context) {
    if (++calls <= Threads()) {
      entered.DecrementCount();
      released.wait();
    } else {
      other_entered.set_value();
    }
    auto* const reactor = context.DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  };
  // [blocks]
  const Running server(service);
  std::vector<std::thread> clients;
  clients.reserve(Threads() + 1);
  const auto call = [&server] {
    Context context;
    EXPECT_TRUE(Get(server, context).ok());
  };
  for (int i = 0; i < Threads(); ++i) clients.emplace_back(call);
  entered.Wait();
  clients.emplace_back(call);
  const std::future<void> other = other_entered.get_future();
  EXPECT_FALSE(Comes(other));
  release.set_value();
  other.wait();
  for (std::thread& client : clients) client.join();
}

// [default_twice]
// Wrong: asks for the default reactor a second time.
grpc::ServerUnaryReactor* FinishDefault(grpc::CallbackServerContext& context) {
  context.DefaultReactor()->Finish(Status::OK);
  return context.DefaultReactor();  // aborts the process
}
// [default_twice]

TEST(DefaultReactorDeathTest, ExistsOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto call = [] {
    Reacts service;
    service.get = FinishDefault;
    const Running server(service);
    Context context;
    Get(server, context);
  };
  EXPECT_DEATH(call(), "default_reactor_used_");
}

// [not_yet]
// An interceptor has cancelled the call. Only the metadata says so reliably.
TEST(Rejected, IsNotAlwaysCancelledWhenTheHandlerIsEntered) {
  constexpr int kCalls = 500;
  std::atomic<int> not_cancelled = 0;
  std::atomic<int> users = 0;
  Reacts service;
  service.get = [&](grpc::CallbackServerContext& context) {
    if (!context.IsCancelled()) ++not_cancelled;
    if (kv::RequireUser(context).ok()) ++users;
    auto* const reactor = context.DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  };
  // [not_yet]
  const kv::Tokens none;
  {
    const Running server(service, nullptr, &none);
    for (int i = 0; i < kCalls; ++i) {
      Context context;
      EXPECT_EQ(Get(server, context).error_code(), StatusCode::UNAUTHENTICATED);
    }
  }
  EXPECT_GT(not_cancelled, 0);
  EXPECT_EQ(users, 0);
}

// Calls Get with bytes that are no request.
Status GetWithGarbage(grpc::Service& service) {
  const Running server(service);
  const grpc::Slice garbage("\xff");
  const grpc::ByteBuffer request(&garbage, 1);
  grpc::ByteBuffer response;
  grpc::GenericStub stub(server.channel);
  Context context;
  std::promise<Status> status;
  stub.UnaryCall(&context, "/kv.v1.KeyValueService/Get", {}, &request,
                 &response,
                 [&status](const Status& s) { status.set_value(s); });
  return status.get_future().get();
}

TEST(Request, ThatCantBeParsedHasAnotherCodeThanOnTheSyncApi) {
  kv::v1::KeyValueService::Service sync;
  EXPECT_EQ(GetWithGarbage(sync).error_code(), StatusCode::INTERNAL);
  Reacts callback;  // not called
  EXPECT_EQ(GetWithGarbage(callback).error_code(), StatusCode::UNIMPLEMENTED);
}

}  // namespace thread_rules_test
