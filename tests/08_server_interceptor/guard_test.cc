// The stage's interceptor and the check in the handlers, over a port: which
// calls get in, and what a rejected call can change.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <mutex>
#include <string>

#include "auth/auth_interceptor.h"
#include "auth/require_user.h"
#include "auth/tokens.h"
#include "calls.h"
#include "service/service.h"
#include "store/store.h"

namespace guard_test {

using calls::Call;
using calls::Context;
using calls::KeyValueService;
using calls::Kind;
using calls::Metadata;
using calls::Of;
using calls::Outcome;
using calls::Running;
using grpc::StatusCode;

constexpr Kind kKinds[] = {Kind::kPut, Kind::kList, Kind::kImport,
                           Kind::kPipeline};

const Metadata kAlice = {{"token", "Alices"}};
const Metadata kBob = {{"token", "Bobs"}};

std::unique_ptr<kv::AuthInterceptorFactory> Auth(const kv::Tokens* tokens) {
  return std::make_unique<kv::AuthInterceptorFactory>(tokens);
}

// The stage's service with an entry, and two users.
class Guard : public testing::Test {
 protected:
  Guard() {
    Allow("alice Alices\nbob Bobs\n");
    EXPECT_TRUE(store_.Put("secret", "").ok());
  }
  ~Guard() override { EXPECT_EQ(std::remove(path_.c_str()), 0); }

  void Allow(const std::string& text) {
    std::ofstream(path_) << text;
    EXPECT_TRUE(tokens_.Read(path_).ok());
  }

  // The store's revision: how many changes were made.
  std::int64_t Revision() { return store_.Delete("never there").revision; }

  const std::string path_ =
      testing::TempDir() + "guard" + std::to_string(getpid()) +
      testing::UnitTest::GetInstance()->current_test_info()->name();
  kv::Tokens tokens_;
  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
};

void ExpectRefused(const Outcome& outcome) {
  EXPECT_EQ(outcome.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(outcome.status.error_message(), "Invalid signature");
  EXPECT_EQ(outcome.messages, 0);
}

TEST_F(Guard, TheRightTokenIsLetIn) {
  const Running running(service_, Of(Auth(&tokens_)));
  for (const Kind kind : kKinds) {
    Context context(kAlice);
    const Outcome outcome = Call(*running.stub, kind, context);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
    EXPECT_GT(outcome.messages, 0);
  }
}

TEST_F(Guard, EverythingElseIsRefusedAndNothingIsDone) {
  const Running running(service_, Of(Auth(&tokens_)));
  for (const Metadata& attack : calls::Attacks("alice", "Alices")) {
    for (const Kind kind : kKinds) {
      Context context(attack);
      ExpectRefused(Call(*running.stub, kind, context));
    }
  }
  running.Stop();
  EXPECT_EQ(Revision(), 1);
}

// More metadata than gRPC accepts: it rejects the call or closes the
// connection.
TEST_F(Guard, EightKibibytesAreRefusedAndTheNextCallIsTaken) {
  const Running running(service_, Of(Auth(&tokens_)));
  const Metadata huge = {{"token", std::string(1 << 13, 'x')}};
  for (const Kind kind : kKinds) {
    Context context(huge);
    const Outcome outcome = Call(*running.stub, kind, context);
    EXPECT_FALSE(outcome.status.ok());
    EXPECT_EQ(outcome.messages, 0);
  }
  EXPECT_EQ(Revision(), 1);
  // The connection may still be closing.
  bool taken = false;
  for (int tries = 0; !taken && tries < 100; ++tries) {
    Context context(kAlice);
    context.set_wait_for_ready(true);
    taken = Call(*running.stub, Kind::kPut, context).status.ok();
  }
  EXPECT_TRUE(taken);
}

TEST_F(Guard, WithoutItARefusedPutIsStored) {
  calls::Unguarded service;
  const Running running(service, Of(Auth(&tokens_)));
  Context context;
  ExpectRefused(Call(*running.stub, Kind::kPut, context));
  running.Stop();
  EXPECT_TRUE(service.stored());
}

TEST_F(Guard, WithItARefusedPutIsNotStored) {
  const Running running(service_, Of(Auth(&tokens_)));
  Context context;
  ExpectRefused(Call(*running.stub, Kind::kPut, context));
  running.Stop();
  EXPECT_EQ(Revision(), 1);
}

TEST_F(Guard, WithoutAnInterceptorNobodyIsLetIn) {
  const Running running(service_, {});
  for (const Kind kind : kKinds) {
    Context context(kAlice);
    ExpectRefused(Call(*running.stub, kind, context));
  }
}

// [each]
TEST_F(Guard, IsTheFirstLineOfEachHandler) {
  grpc::ServerContext nobody;
  const auto refused = [](const grpc::Status& status) {
    return status.error_code() == StatusCode::UNAUTHENTICATED;
  };
  // A handler that checks first does not touch the null pointers.
  EXPECT_TRUE(refused(service_.Get(&nobody, nullptr, nullptr)));
  EXPECT_TRUE(refused(service_.Put(&nobody, nullptr, nullptr)));
  EXPECT_TRUE(refused(service_.Delete(&nobody, nullptr, nullptr)));
  EXPECT_TRUE(refused(service_.List(&nobody, nullptr, nullptr)));
  EXPECT_TRUE(refused(service_.Watch(&nobody, nullptr, nullptr)));
  EXPECT_TRUE(refused(service_.Import(&nobody, nullptr, nullptr)));
  EXPECT_TRUE(refused(service_.Pipeline(&nobody, nullptr)));
}
// [each]

TEST_F(Guard, StandsBeforeEveryWayIn) {
  const Running running(service_, Of(Auth(&tokens_)));
  const auto inside =
      KeyValueService::NewStub(running.server->InProcessChannel({}));
  for (const Kind kind : kKinds) {
    Context context;
    ExpectRefused(Call(*inside, kind, context));
  }
}

// Reports what its handler finds in the metadata.
class Telling final : public KeyValueService::Service {
 public:
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, value] : context->client_metadata()) {
      if (key == kv::kUserKey) users_.emplace_back(value.data(), value.size());
      if (key == "token") ++tokens_;
    }
    return grpc::Status::OK;
  }

  std::vector<std::string> users() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return users_;
  }
  int tokens() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return tokens_;
  }

 private:
  mutable std::mutex mutex_;  // what gRPC orders, ThreadSanitizer can't see
  std::vector<std::string> users_;
  int tokens_ = 0;
};

TEST_F(Guard, WhatAClientClaimsToBeCountsForNothing) {
  Telling service;
  const Running running(service, Of(Auth(&tokens_)));
  const Metadata claim = {{"auth-user", "bob"}, {"token", "Alices"}};
  Context context(claim);
  EXPECT_TRUE(Call(*running.stub, Kind::kPut, context).status.ok());
  EXPECT_EQ(service.users(), std::vector<std::string>{"alice"});
  EXPECT_EQ(service.tokens(), 0);  // no handler needs it
}

TEST_F(Guard, WithoutATokenFileEverybodyIsAnyone) {
  Telling service;
  const Running running(service, Of(Auth(nullptr)));
  const Metadata claim = {{"auth-user", "bob"}};
  Context context(claim);
  EXPECT_TRUE(Call(*running.stub, Kind::kPut, context).status.ok());
  EXPECT_EQ(service.users(), std::vector<std::string>{"anyone"});
}

TEST_F(Guard, ARevokedTokenIsRefusedAndItsRunningCallsGoOn) {
  const Running running(service_, Of(Auth(&tokens_)));
  Context watching(kAlice);
  const auto watch = running.stub->Watch(&watching, kv::v1::WatchRequest());
  watch->WaitForInitialMetadata();
  Context writing(kAlice);
  const auto pipeline = running.stub->Pipeline(&writing);
  kv::v1::PipelineRequest put;
  put.mutable_put_request()->set_key("city");
  kv::v1::PipelineResponse answer;
  EXPECT_TRUE(pipeline->Write(put) && pipeline->Read(&answer));

  Allow("bob Bobs\n");
  Context alice(kAlice);
  ExpectRefused(Call(*running.stub, Kind::kPut, alice));
  Context bob(kBob);
  EXPECT_TRUE(Call(*running.stub, Kind::kPut, bob).status.ok());

  kv::v1::WatchResponse change;
  EXPECT_TRUE(watch->Read(&change));  // Alice sees what Bob does,
  EXPECT_TRUE(pipeline->Write(put) && pipeline->Read(&answer));  // and writes
  EXPECT_TRUE(answer.has_put_response());
  watching.TryCancel();
  writing.TryCancel();
}

TEST_F(Guard, AHandlerIsEnteredAfterItsCallIsOver) {
  calls::Unguarded service;
  const Running running(service, Of(Auth(&tokens_)));
  for (int i = 0; i < 1000; ++i) {
    Context context;
    ExpectRefused(Call(*running.stub, Kind::kPut, context));
  }
  running.Stop();
  EXPECT_EQ(service.entered(), 1000);
  EXPECT_EQ(service.cancelled(), 1000);
}

}  // namespace guard_test
