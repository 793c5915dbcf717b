// grpc::Alarm: an answer that comes later, without a thread that waits.
#include <grpcpp/alarm.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include "reacts.h"

namespace alarm_test {

using grpc::Status;
using grpc::StatusCode;
using running::Clock;
using running::Context;
using running::Get;
using running::Reacts;
using running::Running;

// [later]
// Right: an alarm for what comes later. It is a member, because ~Alarm()
// cancels it.
class AnswersLater final : public grpc::ServerUnaryReactor {
 public:
  explicit AnswersLater(std::chrono::milliseconds delay) {
    alarm_.Set(Clock::now() + delay, [this](bool expired) {
      Finish(expired ? Status::OK : Status::CANCELLED);
    });
  }
  // The function above runs in any case, now with false. So it is the one that
  // finishes; the reactor must not be gone before.
  void OnCancel() override { alarm_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  grpc::Alarm alarm_;
};
// [later]

TEST(Alarm, AnswersLater) {
  Reacts service;
  service.get = [](auto& /*context*/) {
    return new AnswersLater(running::kAWhile);
  };
  const Running server(service);
  Context context;
  const Clock::time_point start = Clock::now();
  EXPECT_TRUE(Get(server, context).ok());
  EXPECT_GE(Clock::now() - start, running::kAWhile);
}

TEST(Alarm, IsCancelledWithTheCall) {
  std::promise<void> made;
  Reacts service;
  service.get = [&made](auto& /*context*/) {
    auto* const reactor = new AnswersLater(std::chrono::hours(1));
    made.set_value();
    return reactor;
  };
  const Running server(service);
  Context context;
  std::thread calling([&] {
    EXPECT_EQ(Get(server, context).error_code(), StatusCode::CANCELLED);
  });
  made.get_future().wait();
  context.TryCancel();
  calling.join();
}  // ~Running() waits for OnDone()

TEST(Alarm, ThatIsDestroyedIsCancelled) {
  std::promise<bool> called;
  {
    grpc::Alarm local;
    local.Set(Clock::now() + std::chrono::hours(1),
              [&called](bool expired) { called.set_value(expired); });
  }
  EXPECT_FALSE(called.get_future().get());
}

// [alarm_outlived]
// Wrong: OnDone() deletes the reactor, and only that cancels the alarm.
class FinishesAnyway final : public grpc::ServerUnaryReactor {
 public:
  explicit FinishesAnyway(std::promise<bool>& called_too_late) {
    alarm_.Set(Clock::now() + std::chrono::hours(1),
               [gone = gone_, &called_too_late](bool /*expired*/) {
                 called_too_late.set_value(*gone);  // `this` would be gone, too
               });
  }
  ~FinishesAnyway() override { *gone_ = true; }
  void OnCancel() override { Finish(Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<std::atomic<bool>> gone_ =
      std::make_shared<std::atomic<bool>>(false);
  grpc::Alarm alarm_;
};
// [alarm_outlived]

TEST(Alarm, ThatOutlivesItsReactorIsStillCalled) {
  std::promise<void> made;
  std::promise<bool> called_too_late;
  Reacts service;
  service.get = [&](auto& /*context*/) {
    made.set_value();
    return new FinishesAnyway(called_too_late);
  };
  const Running server(service);
  Context context;
  std::thread calling([&] { Get(server, context); });
  made.get_future().wait();
  context.TryCancel();
  calling.join();
  EXPECT_TRUE(called_too_late.get_future().get());
}

}  // namespace alarm_test
