// What a reactor may write, and when: for each rule a reactor that breaks it,
// or one that keeps it.
#include <gtest/gtest.h>

#include <string>

#include "keys.h"
#include "reacts.h"

namespace write_rules_test {

using grpc::Status;
using keys::Keys;
using keys::Message;
using keys::Named;
using keys::Writer;
using running::Context;

// [in_flight]
// Wrong: starts a write while another one is in flight.
class WritesTwice final : public Writer {
 public:
  WritesTwice() { StartSendInitialMetadata(); }
  void OnSendInitialMetadataDone(bool /*ok*/) override {
    StartWrite(&large_);
    StartWrite(&b_);  // aborts the process, unless the first has just ended
  }
  // [in_flight]

 private:
  // More than a connection holds while nobody reads, so it stays in flight.
  const Message large_ = Named(std::string(8 << 20, 'x'));
};

template <class Reactor>
void CallAndReadNothing() {
  running::Reacts service;
  service.list = [](auto& /*context*/) { return new Reactor; };
  const running::Running server(service);
  Context context;
  server.stub->List(&context, {})->Finish();
}

TEST(OneWriteDeathTest, ASecondOneInFlightAborts) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(CallAndReadNothing<WritesTwice>(), "TOO_MANY_OPERATIONS");
}

// [in_constructor]
// Wrong: until gRPC knows the reactor, it keeps only one write for later.
class WritesTwiceInConstructor final : public Writer {
 public:
  WritesTwiceInConstructor() {
    StartWrite(&a_);  // never sent
    StartWrite(&b_);
  }
  void OnWriteDone(bool /*ok*/) override { Finish(Status::OK); }
};
// [in_constructor]

TEST(OneWrite, InTheConstructorTheFirstOfTwoIsLost) {
  EXPECT_EQ(Keys<WritesTwiceInConstructor>(), "b");
}

// [in_turn]
// Right: OnWriteDone() starts the next write.
class WritesInTurn final : public Writer {
 public:
  WritesInTurn() { StartWrite(&a_); }
  void OnWriteDone(bool ok) override {
    if (!ok || done_) {
      Finish(ok ? Status::OK : Status::CANCELLED);
    } else {
      done_ = true;
      StartWrite(&b_);
    }
  }

 private:
  bool done_ = false;
};
// [in_turn]

TEST(OneWrite, AfterAnotherSendsBoth) { EXPECT_EQ(Keys<WritesInTurn>(), "ab"); }

// [changed]
// Wrong: gRPC may read the message until OnWriteDone().
class ChangesTooEarly final : public Writer {
 public:
  ChangesTooEarly() {
    StartWrite(&a_);
    a_ = Named("c");
  }
  void OnWriteDone(bool /*ok*/) override { Finish(Status::OK); }
};
// [changed]

TEST(Message, IsReadAfterStartWriteReturns) {
  EXPECT_EQ(Keys<ChangesTooEarly>(), "c");
}

}  // namespace write_rules_test
