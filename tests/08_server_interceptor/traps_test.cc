// What happens to a call that an interceptor tries to reject: each way to do
// it, with each kind of call, over a port, in front of a service that checks
// nothing. Each claim of that kind on the page of stage 08 has a test here.
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>

#include "calls.h"

namespace traps_test {

using calls::Call;
using calls::Context;
using calls::Does;
using calls::Hook;
using calls::Info;
using calls::Kind;
using calls::Methods;
using calls::Of;
using calls::Outcome;
using calls::Running;
using calls::Unguarded;
using grpc::Status;
using grpc::StatusCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A kind of call, made once and rejected.
class Refused : public testing::TestWithParam<Kind> {
 protected:
  // Whether the store is in the state that a successful call leaves.
  bool Done() { return service_.stored() == (GetParam() != Kind::kList); }

  Unguarded service_;
};

void ChangeStatus(Info* /*info*/, Methods* methods) {
  if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
    methods->ModifySendStatus(
        Status(StatusCode::UNAUTHENTICATED, "Invalid signature"));
  }
  methods->Proceed();
}

TEST_P(Refused, WithAnotherStatusItIsDoneAndAnswered) {
  const Running running(service_, Of(Does(ChangeStatus)));
  Context context;
  const Outcome outcome = Call(*running.stub, GetParam(), context);
  EXPECT_EQ(outcome.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_GT(outcome.messages, 0);  // the client has the answer all the same
  EXPECT_TRUE(Done());             // a Put is stored
}

void DropMessages(Info* info, Methods* methods) {
  if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_MESSAGE)) {
    methods->ModifySendMessage(nullptr);
  }
  ChangeStatus(info, methods);
}

TEST_P(Refused, WithoutMessagesItIsDoneAndAPipelineHangs) {
  const bool pipeline = GetParam() == Kind::kPipeline;
  const Running running(service_, Of(Does(DropMessages)));
  Context context({}, pipeline ? seconds(2) : seconds(30));
  const Outcome outcome = Call(*running.stub, GetParam(), context);
  EXPECT_EQ(outcome.messages, 0);
  EXPECT_TRUE(Done());  // still
  // Its client waits for an answer before it goes on.
  EXPECT_EQ(outcome.status.error_code(), pipeline
                                             ? StatusCode::DEADLINE_EXCEEDED
                                             : StatusCode::UNAUTHENTICATED);
}

void Cancel(Info* info, Methods* methods) {
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
    info->server_context()->TryCancel();
  }
  methods->Proceed();
}

TEST_P(Refused, ByTryCancelTheStatusIsCancelled) {
  const Running running(service_, Of(Does(Cancel)));
  Context context;
  const Outcome outcome = Call(*running.stub, GetParam(), context);
  EXPECT_EQ(outcome.status.error_code(), StatusCode::CANCELLED);
  EXPECT_EQ(outcome.status.error_message(), "Cancelled on the server side");
  EXPECT_EQ(outcome.messages, 0);
  running.Stop();
  EXPECT_EQ(service_.entered(), 1);  // and the handler runs
}

void CancelWithStatus(Info* info, Methods* methods) {
  if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
    grpc_call_cancel_with_status(info->server_context()->c_call(),
                                 GRPC_STATUS_UNAUTHENTICATED,
                                 "Invalid signature", nullptr);
  }
  methods->Proceed();
}

TEST_P(Refused, ByCancelWithStatusTheClientSeesWhatItShould) {
  const Running running(service_, Of(Does(CancelWithStatus)));
  Context context;
  const Outcome outcome = Call(*running.stub, GetParam(), context);
  EXPECT_EQ(outcome.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(outcome.status.error_message(), "Invalid signature");
  EXPECT_EQ(outcome.messages, 0);
  running.Stop();
  EXPECT_EQ(service_.entered(), 1);    // but the handler runs, as always
  EXPECT_EQ(service_.cancelled(), 1);  // it could see that its call is over
}

class RefusedDeathTest : public Refused {
 protected:
  RefusedDeathTest() { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

// Exits with the number of the status, or with 100 if Shutdown() comes back.
[[noreturn]] void CallWithoutProceed(Kind kind) {
  Unguarded service;
  const auto refuse = [](Info* /*info*/, Methods* /*no_proceed*/) {};
  const Running running(service, Of(Does(refuse)));
  Context context({}, milliseconds(500));
  const Outcome outcome = Call(*running.stub, kind, context);

  std::cerr << outcome.status.error_message() << ", "  // Deadline Exceeded
            << service.entered() << " handlers\n";     // 0
  const auto shutdown = std::async(std::launch::async, [&running] {
    running.server->Shutdown(std::chrono::system_clock::now());
  });
  const bool hangs =  // for ever: but we have only a second
      shutdown.wait_for(seconds(1)) == std::future_status::timeout;
  std::_Exit(hangs ? outcome.status.error_code() : 100);
}

TEST_P(RefusedDeathTest, WithoutProceedItHangsAndSoDoesShutdown) {
  EXPECT_EXIT(CallWithoutProceed(GetParam()),
              testing::ExitedWithCode(StatusCode::DEADLINE_EXCEEDED),
              "Deadline Exceeded, 0 handlers");
}

void Throw(Info* /*info*/, Methods* /*methods*/) {
  throw std::runtime_error("Invalid signature");
}

TEST_P(RefusedDeathTest, ByAnExceptionTheServerEnds) {
  const auto call = [this] {
    const Running running(service_, Of(Does(Throw)));
    Context context;
    Call(*running.stub, GetParam(), context);
  };
  EXPECT_DEATH(call(), "terminate called after throwing");
}

constexpr Kind kKinds[] = {Kind::kPut, Kind::kList, Kind::kImport,
                           Kind::kPipeline};
INSTANTIATE_TEST_SUITE_P(Kinds, Refused, testing::ValuesIn(kKinds));
INSTANTIATE_TEST_SUITE_P(Kinds, RefusedDeathTest, testing::ValuesIn(kKinds));

}  // namespace traps_test
