// Finish(): exactly once, after the last write.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "keys.h"
#include "reacts.h"

namespace finish_rules_test {

using grpc::Status;
using grpc::StatusCode;
using keys::Keys;
using keys::Writer;
using running::Clock;
using running::Context;
using running::Get;
using running::Reacts;
using running::Running;

// [both]
// Right: a write that was started before Finish() is sent.
class WritesAndFinishes final : public Writer {
 public:
  WritesAndFinishes() { StartWrite(&a_); }
  void OnWriteDone(bool /*ok*/) override {
    if (!finished_.exchange(true)) {
      StartWrite(&b_);
      Finish(Status::OK);
    }
  }
  // [both]

 private:
  std::atomic<bool> finished_ = false;
};

TEST(Finish, AfterStartWriteSendsTheMessage) {
  EXPECT_EQ(Keys<WritesAndFinishes>(), "ab");
}

std::atomic<bool> sent;  // by the reactor below

// [after]
// Wrong: nearly always too late. Only OnWriteDone() says whether it was.
class WritesAfterFinish final : public Writer {
 public:
  WritesAfterFinish() { StartWrite(&a_); }
  void OnWriteDone(bool ok) override {
    if (finished_.exchange(true)) {
      sent = ok;
    } else {
      Finish(Status::OK);
      StartWrite(&b_);
    }
  }
  // [after]

 private:
  std::atomic<bool> finished_ = false;
};

TEST(Finish, BeforeStartWriteLosesTheMessage) {
  int lost = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string keys = Keys<WritesAfterFinish>();
    EXPECT_EQ(keys, sent ? "ab" : "a");
    if (!sent) ++lost;
  }
  EXPECT_GT(lost, 0);
}

// In the constructor gRPC keeps both for later, and the write comes first.
class WritesAfterFinishInConstructor final : public Writer {
 public:
  WritesAfterFinishInConstructor() {
    Finish(Status::OK);
    StartWrite(&a_);
  }
};

TEST(Finish, InTheConstructorIsDoneAfterTheWrite) {
  EXPECT_EQ(Keys<WritesAfterFinishInConstructor>(), "a");
}

// [twice]
// Wrong: finishes twice.
class FinishesTwice final : public Writer {
 public:
  FinishesTwice() { StartWrite(&a_); }
  void OnWriteDone(bool /*ok*/) override {
    Finish(Status::OK);
    Finish(Status::CANCELLED);  // aborts the process
  }
};
// [twice]

TEST(FinishDeathTest, TwiceAborts) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(Keys<FinishesTwice>(), "assertion failed");
}

// [twice_in_constructor]
// Wrong: the client gets the second status.
class FinishesTwiceInConstructor final : public Writer {
 public:
  FinishesTwiceInConstructor() {
    Finish({grpc::StatusCode::UNAUTHENTICATED, "Invalid signature"});
    Finish(Status::OK);
  }
};
// [twice_in_constructor]

TEST(Finish, TwiceInTheConstructorSendsTheSecondStatus) {
  Status status;
  EXPECT_EQ(Keys<FinishesTwiceInConstructor>(status), "");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

// [forgets]
// Wrong: nobody finishes it when the client is gone.
class Forgets : public grpc::ServerUnaryReactor {
 public:
  void OnDone() override { delete this; }
};

// Right: OnCancel() ends what nothing else would end.
class Remembers final : public Forgets {
 public:
  void OnCancel() override { Finish(Status::CANCELLED); }
};
// [forgets]

// Calls Get, and stops the server with a deadline that has passed. Returns
// whether Shutdown() returns in this time. If not, finishes the call from here.
template <class Reactor>
bool ShutdownReturns(std::chrono::milliseconds time) {
  std::promise<Reactor*> made;
  Reacts service;
  service.get = [&made](auto& /*context*/) {
    auto* const reactor = new Reactor;
    made.set_value(reactor);
    return reactor;
  };
  const Running server(service);
  std::thread calling([&server] {
    Context context;
    EXPECT_EQ(Get(server, context).error_code(), StatusCode::UNAVAILABLE);
  });
  Reactor* const reactor = made.get_future().get();
  const std::future<void> stopped = std::async(
      std::launch::async, [&server] { server.server->Shutdown(Clock::now()); });
  calling.join();  // the client has its status
  const bool returns = stopped.wait_for(time) == std::future_status::ready;
  if (!returns) reactor->Finish(Status::CANCELLED);
  return returns;
}

TEST(Finish, ThatIsForgottenKeepsShutdownWaiting) {
  EXPECT_FALSE(ShutdownReturns<Forgets>(running::kAWhile));
}

TEST(Finish, InOnCancelLetsShutdownReturn) {
  EXPECT_TRUE(ShutdownReturns<Remembers>(std::chrono::seconds(30)));
}

}  // namespace finish_rules_test
