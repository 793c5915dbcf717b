// OnDone(): when it comes, what it waits for, and what it does not wait for.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "reacts.h"

namespace done_rules_test {

using grpc::Status;
using running::Comes;
using running::Context;
using running::Reacts;
using running::Running;

// What gRPC called, in this order.
struct Course {
  void Add(char event) {
    const std::lock_guard lock(mutex);
    events += event;
  }
  std::mutex mutex;
  std::string events;
};

// Has a read and a write in flight.
class Records final : public running::Bidi {
 public:
  explicit Records(Course& course) : course_(course) {
    StartRead(&request_);
    StartWrite(&response_);
  }
  void OnReadDone(bool ok) override {
    course_.Add('r');
    if (ok) StartRead(&request_);
  }
  void OnWriteDone(bool ok) override {
    course_.Add('w');
    if (ok && ++writes_ < 5) StartWrite(&response_);
  }
  void OnCancel() override {
    course_.Add('C');
    Finish(Status::CANCELLED);
  }
  void OnDone() override {
    course_.Add('D');
    delete this;
  }

 private:
  Course& course_;
  kv::v1::PipelineRequest request_;
  kv::v1::PipelineResponse response_;
  int writes_ = 0;
};

TEST(OnDone, ComesOnceAndAfterAllOthers) {
  std::vector<Course> courses(300);
  {
    std::atomic<std::size_t> calls = 0;
    Reacts service;
    service.pipeline = [&](auto& /*context*/) {
      return new Records(courses[calls++]);
    };
    const Running server(service);
    while (calls < courses.size()) {
      Context context;
      const auto stream = server.stub->Pipeline(&context);
      stream->Write({});
      kv::v1::PipelineResponse response;
      EXPECT_TRUE(stream->Read(&response));
      context.TryCancel();
      stream->Finish();
    }
  }
  for (const Course& course : courses) {
    const std::string& events = course.events;
    EXPECT_EQ(std::count(events.begin(), events.end(), 'C'), 1) << events;
    EXPECT_EQ(events.find('D'), events.size() - 1) << events;
  }
}

// Belongs to its test, which says what its only reaction does.
class Ends final : public running::Writer {
 public:
  explicit Ends(std::function<void(Ends&)> reaction)
      : reaction_(std::move(reaction)) {
    StartSendInitialMetadata();
  }
  void OnSendInitialMetadataDone(bool /*ok*/) override { reaction_(*this); }
  void OnDone() override { done_.set_value(); }

  std::shared_future<void> done() const { return is_done_; }

 private:
  const std::function<void(Ends&)> reaction_;
  std::promise<void> done_;
  const std::shared_future<void> is_done_ = done_.get_future();
};

Status List(const Running& server) {
  Context context;
  return server.stub->List(&context, {})->Finish();
}

TEST(OnDone, WaitsForAReactionThatIsRunning) {
  bool early = true;
  Ends reactor([&early](Ends& self) {
    self.Finish(Status::OK);
    early = Comes(self.done());
  });
  Reacts service;
  service.list = [&reactor](auto& /*context*/) { return &reactor; };
  const Running server(service);
  EXPECT_TRUE(List(server).ok());
  reactor.done().wait();
  EXPECT_FALSE(early);
}

// [other_thread]
// A thread that is not in a reaction, and finishes with a lock held.
TEST(OnDone, DoesNotWaitForAnotherThread) {
  Ends reactor([](Ends& /*self*/) {});
  std::promise<void> made;
  Reacts service;
  service.list = [&](auto& /*context*/) {
    made.set_value();
    return &reactor;
  };
  const Running server(service);
  std::thread calling([&server] { EXPECT_TRUE(List(server).ok()); });
  made.get_future().wait();
  std::mutex mutex;
  const std::lock_guard lock(mutex);
  reactor.Finish(Status::OK);
  // OnDone() has been called. Had it deleted the mutex with the reactor, the
  // lock would now unlock what is gone.
  EXPECT_EQ(reactor.done().wait_for(std::chrono::seconds(30)),
            std::future_status::ready);
  calling.join();
}
// [other_thread]

// [too_early]
// Wrong: gRPC still calls OnDone().
class DeletedTooEarly final : public running::Writer {
 public:
  DeletedTooEarly() { StartWrite(&message_); }
  void OnWriteDone(bool /*ok*/) override {
    Finish(Status::OK);
    delete this;
  }
  void OnDone() override {}
  // [too_early]

 private:
  const kv::v1::ListResponse message_;
};

void CallDeletedTooEarly() {
  Reacts service;
  service.list = [](auto& /*context*/) { return new DeletedTooEarly; };
  const Running server(service);
  List(server);
}

TEST(OnDoneDeathTest, IsCalledOnADeletedReactor) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(CallDeletedTooEarly(), "");
}

}  // namespace done_rules_test
