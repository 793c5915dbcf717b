// What a channel does by itself, and what it does not.
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/validate_service_config.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "answering.h"
#include "base/stop_signal.h"
#include "caller.h"
#include "client/channel_arguments.h"
#include "client/service_config.h"
#include "kv/v1/kv.grpc.pb.h"

namespace channel_test {

using answering::Server;
using grpc::StatusCode;
using kv::v1::KeyValueService;
using Stub = std::unique_ptr<KeyValueService::Stub>;

// A stub as the client makes it, with connections of its own.
Stub To(const std::string& target, const std::string& config,
        kv::ClientOptions options = {}) {
  options.keepalive_time = absl::InfiniteDuration();
  grpc::ChannelArguments arguments = kv::ChannelArguments(options, config);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return KeyValueService::NewStub(grpc::CreateCustomChannel(
      target, grpc::InsecureChannelCredentials(), arguments));
}

std::string OurConfig() { return kv::ServiceConfig().value(); }

// A config that repeats Get.
std::string Retrying(int attempts) {
  return absl::StrCat(
      R"({"methodConfig": [{"name": [{"service": "kv.v1.KeyValueService"}],
          "retryPolicy": {"maxAttempts": )",
      attempts, R"(, "initialBackoff": "0.01s", "maxBackoff": "0.01s",
          "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]})");
}

grpc::Status Get(KeyValueService::Stub& stub) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  kv::v1::GetResponse response;
  return stub.Get(&context, {}, &response);
}

TEST(Balancing, RoundRobinSendsTheSameToEach) {
  Server a;
  Server b;
  Server c;
  const std::string all =
      absl::StrCat("ipv4:", a.address, ",", b.address, ",", c.address);
  // [spread]
  const auto stub = To(all, OurConfig());
  // The first calls go to whichever server is connected first.
  while (a.calls == 0 || b.calls == 0 || c.calls == 0) Get(*stub);
  a.calls = b.calls = c.calls = 0;
  for (int i = 0; i < 30; ++i) Get(*stub);
  EXPECT_EQ(a.calls, 10);
  EXPECT_EQ(b.calls, 10);
  EXPECT_EQ(c.calls, 10);
  // [spread]
}

TEST(Balancing, PickFirstStaysAtOne) {
  Server a;
  Server b;
  const auto stub = To(absl::StrCat("ipv4:", a.address, ",", b.address),
                       R"({"loadBalancingConfig": [{"pick_first": {}}]})");
  for (int i = 0; i < 30; ++i) Get(*stub);
  EXPECT_EQ(a.calls, 30);
  EXPECT_EQ(b.calls, 0);
}

TEST(Balancing, RoundRobinLeavesOutWhoIsNotServing) {
  Server a;
  Server b;
  const auto stub =
      To(absl::StrCat("ipv4:", a.address, ",", b.address), OurConfig());
  while (a.calls == 0 || b.calls == 0) Get(*stub);
  // [unhealthy]
  a.Serving(false);
  int last = -1;
  while (last != a.calls) {  // until the channel has heard of it
    last = a.calls;
    Get(*stub);
    Get(*stub);
  }
  for (int i = 0; i < 30; ++i) Get(*stub);
  EXPECT_EQ(a.calls, last);
  // [unhealthy]
}

TEST(Balancing, PickFirstDoesNotAskForHealth) {
  Server a;
  Server b;
  a.Serving(false);
  const auto stub = To(absl::StrCat("ipv4:", a.address, ",", b.address),
                       R"({"loadBalancingConfig": [{"pick_first": {}}],
             "healthCheckConfig": {"serviceName": "kv.v1.KeyValueService"}})");
  EXPECT_TRUE(Get(*stub).ok());
  EXPECT_EQ(a.calls, 1);
}

// [shared]
TEST(Channels, WithTheSameTargetAndArgumentsShareAConnection) {
  Server server;
  const auto stub = [&server](const grpc::ChannelArguments& arguments) {
    return KeyValueService::NewStub(grpc::CreateCustomChannel(
        server.address, grpc::InsecureChannelCredentials(), arguments));
  };
  const grpc::ChannelArguments same;
  const Stub first = stub(same);
  const Stub second = stub(same);
  Get(*first);
  Get(*second);
  EXPECT_EQ(server.connections().size(), 1);
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const Stub third = stub(own);
  Get(*third);
  EXPECT_EQ(server.connections().size(), 2);
}
// [shared]

TEST(Balancing, BehindAProxyHealthIsThatOfOneServer) {
  Server a;
  a.Serving(false);
  // [proxied]
  kv::ClientOptions options;
  options.pick_healthy = false;
  EXPECT_TRUE(Get(*To(a.address, OurConfig(), options)).ok());
  // [proxied]
}

// Listens, and closes each connection.
class Closing final {
 public:
  Closing() {
    socklen_t size = sizeof(address_);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(bind(socket_, address, size), 0);
    EXPECT_EQ(listen(socket_, SOMAXCONN), 0);
    EXPECT_EQ(getsockname(socket_, address, &size), 0);
    thread_ = std::thread([this] {
      for (int one; (one = accept(socket_, nullptr, nullptr)) >= 0; ++count) {
        close(one);
      }
    });
  }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() {
    shutdown(socket_, SHUT_RDWR);  // ends accept()
    thread_.join();
    close(socket_);
  }

  std::string address() const {
    return absl::StrCat("127.0.0.1:", ntohs(address_.sin_port));
  }

  std::atomic<int> count = 0;  // connections

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address_ = {};
  std::thread thread_;
};

// [back]
TEST(Channels, OursTriesToConnectMoreOften) {
  Closing one;
  Closing two;
  kv::ClientOptions options;
  const auto ours = grpc::CreateCustomChannel(
      one.address(), grpc::InsecureChannelCredentials(),
      kv::ChannelArguments(options, OurConfig()));
  const auto plain =
      grpc::CreateChannel(two.address(), grpc::InsecureChannelCredentials());
  plain->GetState(/*try_to_connect=*/true);
  while (one.count < 5) {
    ours->WaitForConnected(std::chrono::system_clock::now() +
                           std::chrono::milliseconds(10));
  }
  EXPECT_LE(two.count, 2);
}
// [back]

// [attempts]
TEST(Retries, TheServerSeesWhichAttemptItIs) {
  Server server;
  const auto stub = To(server.address, OurConfig());
  server.failures = 2;
  EXPECT_TRUE(Get(*stub).ok());
  EXPECT_EQ(server.attempts(), (std::vector<std::string>{"", "1", "2"}));
}
// [attempts]

TEST(Retries, AWriteIsNotRepeated) {
  Server server;
  const auto stub = To(server.address, OurConfig());
  server.failures = 1;
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  kv::v1::PutResponse response;
  const auto status = stub->Put(&context, {}, &response);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.calls, 1);
}

// [committed]
TEST(Retries, HeadersCommitACall) {
  Server server;
  const auto stub = To(server.address, OurConfig());
  server.failures = 1;
  server.headers = true;  // AddInitialMetadata() in the handler
  EXPECT_EQ(Get(*stub).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.calls, 1);
}
// [committed]

TEST(Retries, MoreThanFiveAttemptsAreFive) {
  const std::string config = Retrying(9);
  EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(config), "");
  EXPECT_EQ(kv::CheckServiceConfig(config).message(),
            "maxAttempts is 9, and gRPC makes 5 attempts at most");
  Server server;
  const auto stub = To(server.address, config);
  server.failures = 9;
  EXPECT_EQ(Get(*stub).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.calls, 5);
}

// [throttled]
TEST(Retries, StopWhenMostCallsFail) {
  Server server;
  const auto stub = To(server.address, OurConfig());
  server.failures = 1000;
  for (int i = 0; i < 20; ++i) Get(*stub);
  EXPECT_LT(server.calls, 30);  // not 20 times 4
}
// [throttled]

// [hedging]
TEST(Config, HedgingIsIgnored) {
  const std::string config =
      R"({"methodConfig": [{"name": [{"service": "kv.v1.KeyValueService"}],
          "hedgingPolicy": {"maxAttempts": 3, "hedgingDelay": "0s",
                            "nonFatalStatusCodes": ["UNAVAILABLE"]}}]})";
  EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(config), "");
  EXPECT_EQ(kv::CheckServiceConfig(config).message(),
            "gRPC for C++ ignores hedgingPolicy: remove it");
  Server server;
  const auto stub = To(server.address, config);
  server.failures = 1;
  EXPECT_EQ(Get(*stub).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.calls, 1);
}
// [hedging]

TEST(Config, AnInvalidOneFailsEachCall) {
  Server server;
  const auto stub = To(server.address, R"({"methodConfig": 7})");
  const auto status = Get(*stub);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "Failed to create secure client channel");
}

TEST(Limits, LeaveTimeForAnotherAttempt) {
  using std::chrono::seconds;
  Server server;
  const kv::StopSignal stop;
  kv::ClientOptions options;
  options.target = server.address;
  options.keepalive_time = absl::InfiniteDuration();
  survivors::Caller caller(
      {options, grpc::InsecureChannelCredentials(), OurConfig(), stop},
      absl::Seconds(30));
  const auto left = [&](kv::Limit limit) {
    survivors::Calls calls(caller);
    calls.Try(kv::Repeat::kAlways, limit, [&](grpc::ClientContext& context) {
      kv::v1::GetResponse response;
      return caller.stub().Get(&context, {}, &response);
    });
    return server.left.load();
  };
  EXPECT_LT(left(kv::Limit::kShort), seconds(2));  // --attempt_timeout
  EXPECT_GT(left(kv::Limit::kHalf), seconds(10));
  EXPECT_LT(left(kv::Limit::kHalf), seconds(20));
  EXPECT_GT(left(kv::Limit::kDeadline), seconds(20));
}

TEST(Config, OursIsValid) {
  EXPECT_EQ(kv::CheckServiceConfig(OurConfig()), absl::OkStatus());
}

}  // namespace channel_test
