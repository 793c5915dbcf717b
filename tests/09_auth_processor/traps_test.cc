// What gRPC does with a processor at a port. Each claim of that kind on the
// page of stage 09 has a test here.
#include <grpc/support/cpu.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "guarded.h"

namespace traps_test {

using grpc::Status;
using grpc::StatusCode;

// A processor that does what the test sets.
class Doorman final : public grpc::AuthMetadataProcessor {
 public:
  using Body = std::function<Status(
      const InputMetadata& metadata, grpc::AuthContext* channel,
      OutputMetadata* consumed, OutputMetadata* response)>;
  explicit Doorman(Body body, bool blocking = false)
      : body_(std::move(body)), blocking_(blocking) {}

  Status Process(const InputMetadata& metadata, grpc::AuthContext* channel,
                 OutputMetadata* consumed, OutputMetadata* response) override {
    return body_(metadata, channel, consumed, response);
  }
  bool IsBlocking() const override { return blocking_; }

 private:
  const Body body_;
  const bool blocking_;
};

std::shared_ptr<Doorman> Answering(Status status) {
  return std::make_shared<Doorman>(
      [status](const auto&, auto*, auto*, auto*) { return status; });
}

const Status kInvalid(StatusCode::UNAUTHENTICATED, "Invalid signature");

TEST(InsecureDeathTest, AProcessorAbortsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto credentials = grpc::InsecureServerCredentials();
  EXPECT_DEATH(credentials->SetAuthMetadataProcessor(Answering(Status::OK)),
               "assertion failed");
}

TEST(Local, CredentialsOfThisMachineTakeOneWithoutTls) {
  Witness witness;
  const Guarded guarded(witness, Answering(kInvalid),
                        grpc::experimental::LocalServerCredentials(LOCAL_TCP));
  const auto channel = guarded.Connect(grpc::InsecureChannelCredentials());
  EXPECT_EQ(Call(channel, "Get", {}).status.error_message(),
            "Invalid signature");
}

TEST(Refused, NoHandlerIsEntered) {
  Witness witness;
  const Guarded guarded(witness, Answering(kInvalid));
  for (const char* const method : kOfEachKind) {
    const Outcome outcome = Call(guarded.Connect(), method, {});
    EXPECT_EQ(outcome.status.error_code(), StatusCode::UNAUTHENTICATED)
        << method;
    EXPECT_EQ(outcome.status.error_message(), "Invalid signature") << method;
    EXPECT_EQ(outcome.messages, 0) << method;
  }
  EXPECT_EQ(witness.entered(), 0);
}

TEST(Process, SeesWhichMethodAndHowLong) {
  std::string path;
  std::size_t deadlines = 0;
  Witness witness;
  const Guarded guarded(
      witness,
      std::make_shared<Doorman>([&](const auto& metadata, auto*, auto*, auto*) {
        const grpc::string_ref value = metadata.find(":path")->second;
        path.assign(value.data(), value.size());
        deadlines = metadata.count("grpc-timeout");
        return Status::OK;
      }));
  EXPECT_TRUE(Call(guarded.Connect(), "List", {}).status.ok());
  EXPECT_EQ(path, "/kv.v1.KeyValueService/List");
  EXPECT_EQ(deadlines, 1U);
}

TEST(Status, WithoutAMessageShowsADump) {
  Witness witness;
  const Guarded guarded(witness, Answering({StatusCode::UNAUTHENTICATED, ""}));
  const std::string message =
      Call(guarded.Connect(), "Get", {}).status.error_message();
  for (const char* const inside :
       {"Missing :authority or :path", "server_auth_filter.cc"}) {
    EXPECT_NE(message.find(inside), std::string::npos) << message;
  }
}

TEST(Status, LosesItsDetails) {
  Witness witness;
  const Guarded guarded(
      witness, Answering({StatusCode::UNAUTHENTICATED, "Invalid signature",
                          "how to sign"}));
  EXPECT_EQ(Call(guarded.Connect(), "Get", {}).status.error_details(), "");
}

TEST(Process, ItsResponseMetadataIsNeverSent) {
  Witness witness;
  const Guarded guarded(
      witness,
      std::make_shared<Doorman>([](const auto&, auto*, auto*, auto* response) {
        response->emplace("x-answer", "signed by us");
        return Status::OK;
      }));
  const Outcome outcome = Call(guarded.Connect(), "Get", {});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.header, "");
}

TEST(Process, ConsumesAllValuesOfAKey) {
  Witness witness;
  std::size_t tokens = 99;
  witness.look = [&](const auto& context) {
    tokens = context.client_metadata().count("token");
  };
  const Guarded guarded(
      witness,
      std::make_shared<Doorman>([](const auto&, auto*, auto* consumed, auto*) {
        consumed->emplace("token", "one");
        return Status::OK;
      }));
  EXPECT_TRUE(Call(guarded.Connect(), "Get", {"one", "two"}).status.ok());
  EXPECT_EQ(witness.Seen(tokens), 0U);  // "two" is gone as well
}

// [piles_up]
TEST(Channel, WhatIsWrittenIntoItStaysForTheNextCaller) {
  Witness witness;
  std::string users;
  witness.look = [&](const auto& context) {
    users.clear();
    for (const grpc::string_ref& user :
         context.auth_context()->FindPropertyValues("user")) {
      users += std::string(user.data(), user.size()) + ",";
    }
  };
  const Guarded guarded(
      witness, std::make_shared<Doorman>([](const auto& metadata, auto* channel,
                                            auto*, auto*) {
        channel->AddProperty(
            "user", metadata.find("token")->second);  // as examples show it
        return Status::OK;
      }));
  const auto connection = guarded.Connect();
  EXPECT_TRUE(Call(connection, "Get", {"alice"}).status.ok());
  EXPECT_EQ(witness.Seen(users), "alice,");
  EXPECT_TRUE(Call(connection, "Get", {"bob"}).status.ok());
  // Who calls? The first one is alice.
  EXPECT_EQ(witness.Seen(users), "alice,bob,");
}
// [piles_up]

TEST(ThrowsDeathTest, EndsTheServer) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Witness witness;
        const Guarded guarded(
            witness, std::make_shared<Doorman>(
                         [](const auto&, auto*, auto*, auto*) -> Status {
                           throw std::runtime_error("out of order");
                         }));
        // On a thread: in one process gRPC's work, the server's as well, may
        // be done by whoever waits for an answer.
        std::thread([&] { Call(guarded.Connect(), "Get", {}); }).join();
      },
      "terminate called after throwing");
}

// Blocks the calls with the token "slow" until the test releases them.
struct Gate {
  std::shared_ptr<Doorman> Processor(bool blocking) {
    return std::make_shared<Doorman>(
        [this](const auto& metadata, auto*, auto*, auto*) {
          if (metadata.find("token")->second == "slow") {
            ++waiting;
            opened.wait();
          }
          return Status::OK;
        },
        blocking);
  }
  void Await(int calls) const {
    while (waiting < calls) std::this_thread::yield();
  }

  std::atomic<int> waiting = 0;
  std::promise<void> open;
  const std::shared_future<void> opened = open.get_future().share();
};

TEST(Blocking, OneSlowOneForEachCoreHoldsUpTheNext) {
  const int threads = std::clamp(static_cast<int>(gpr_cpu_num_cores()), 2, 32);
  Gate gate;
  Witness witness;
  const Guarded guarded(witness, gate.Processor(/*blocking=*/true));
  const auto call = [&](const std::string& token) {
    return std::async(std::launch::async, [&, token] {
      return Call(guarded.Connect(), "Get", {token}).status.ok();
    });
  };
  std::vector<std::future<bool>> slow;
  for (int i = 1; i <= threads; ++i) {
    EXPECT_TRUE(call("quick").get());  // a thread is left
    slow.push_back(call("slow"));
    gate.Await(i);
  }
  auto next = call("quick");
  EXPECT_EQ(next.wait_for(kAWhile), std::future_status::timeout);
  gate.open.set_value();
  EXPECT_TRUE(next.get());
}

TEST(NonBlocking, ASlowOneHoldsUpItsWholeConnection) {
  Gate gate;
  Witness witness;
  const Guarded guarded(witness, gate.Processor(/*blocking=*/false));
  const auto connection = guarded.Connect();
  const auto call = [&](const std::string& token) {
    return std::async(std::launch::async, [&, token] {
      return Call(connection, "Get", {token}).status.ok();
    });
  };
  EXPECT_TRUE(call("quick").get());
  auto first = call("slow");
  gate.Await(1);
  auto second = call("quick");  // on the same connection
  EXPECT_EQ(second.wait_for(kAWhile), std::future_status::timeout);
  gate.open.set_value();
  EXPECT_TRUE(first.get() && second.get());
}

TEST(Blocking, IsTheDefault) {
  struct Plain : grpc::AuthMetadataProcessor {
    Status Process(const InputMetadata& /*metadata*/,
                   grpc::AuthContext* /*channel*/, OutputMetadata* /*consumed*/,
                   OutputMetadata* /*response*/) override {
      return Status::OK;
    }
  };
  EXPECT_TRUE(Plain().IsBlocking());
}

// Counts the calls that an interceptor could see.
class Counter final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Counter(std::atomic<int>& seen) : seen_(seen) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* /*info*/) override {
    struct Through : grpc::experimental::Interceptor {
      void Intercept(
          grpc::experimental::InterceptorBatchMethods* methods) override {
        methods->Proceed();
      }
    };
    ++seen_;
    return new Through;
  }

 private:
  std::atomic<int>& seen_;
};

TEST(Refused, NoInterceptorSeesIt) {
  std::atomic<int> seen = 0;
  Guarded::Interceptors counters;
  counters.push_back(std::make_unique<Counter>(seen));
  Witness witness;
  const auto only_good =
      std::make_shared<Doorman>([](const auto& metadata, auto*, auto*, auto*) {
        return metadata.find("token")->second == "good" ? Status::OK : kInvalid;
      });
  const Guarded guarded(witness, only_good, ServerTls(), std::move(counters));
  EXPECT_TRUE(Call(guarded.Connect(), "Get", {"good"}).status.ok());
  EXPECT_EQ(seen, 1);
  EXPECT_FALSE(Call(guarded.Connect(), "Get", {"bad"}).status.ok());
  EXPECT_EQ(seen, 1);  // still
}

}  // namespace traps_test
