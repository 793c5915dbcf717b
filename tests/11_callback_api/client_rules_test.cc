// The client's side of the callback API: StartCall(), holds and OnDone().
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "reacts.h"

namespace client_rules_test {

using grpc::Status;
using grpc::StatusCode;
using running::Comes;
using running::Context;
using running::Reacts;
using running::Running;
using Message = kv::v1::ListResponse;

// Ends without a message.
class Empty final : public running::Writer {
 public:
  Empty() { Finish(Status::OK); }
  void OnDone() override { delete this; }
};

// Reads from outside of its reactions. Belongs to its test.
class Reader final : public grpc::ClientReadReactor<Message> {
 public:
  void OnReadDone(bool ok) override { read.set_value(ok); }
  void OnDone(const Status& status) override { done.set_value(status); }

  std::promise<bool> read;
  std::promise<Status> done;
};

class Client : public testing::Test {
 protected:
  Client() {
    service_.list = [](auto& /*context*/) { return new Empty; };
  }

  Reacts service_;
  const Running server_{service_};
  const kv::v1::ListRequest request_;
  Reader reader_;
  std::future<Status> done_ = reader_.done.get_future();
  Message message_;
};

// [no_start]
TEST_F(Client, WithoutStartCallIsNeverDone) {
  Context context(running::kAWhile / 2);  // a deadline that does not help
  server_.stub->async()->List(&context, &request_, &reader_);
  reader_.StartRead(&message_);
  EXPECT_FALSE(Comes(done_));
  reader_.StartCall();
  EXPECT_EQ(done_.get().error_code(), StatusCode::DEADLINE_EXCEEDED);
}
// [no_start]

// [no_hold]
TEST_F(Client, WithoutAHoldIsDoneWhenTheCallIsOver) {
  Context context;
  server_.stub->async()->List(&context, &request_, &reader_);
  reader_.StartCall();
  EXPECT_TRUE(done_.get().ok());
  // From here on, StartRead() would use what gRPC has freed.
}
// [no_hold]

// [hold]
TEST_F(Client, WithAHoldMayReadFromOutside) {
  Context context;
  server_.stub->async()->List(&context, &request_, &reader_);
  reader_.AddHold();  // before StartCall()
  reader_.StartCall();
  EXPECT_FALSE(Comes(done_));
  reader_.StartRead(&message_);
  EXPECT_FALSE(reader_.read.get_future().get()) << "there is no message";
  reader_.RemoveHold();
  EXPECT_TRUE(done_.get().ok());
}
// [hold]

// [held]
TEST_F(Client, IsNotDoneWhileItIsHeld) {
  Context context(running::kAWhile / 2);
  server_.stub->async()->List(&context, &request_, &reader_);
  reader_.AddHold();
  reader_.StartCall();
  context.TryCancel();  // neither this nor the deadline helps
  EXPECT_FALSE(Comes(done_));
  reader_.RemoveHold();
  done_.wait();
}
// [held]

}  // namespace client_rules_test
