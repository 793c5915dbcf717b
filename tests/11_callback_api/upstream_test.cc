// What the second hop passes on in each direction, and to whom.
#include "service/upstream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "auth/tokens.h"
#include "reacts.h"

namespace upstream_test {

using grpc::Status;
using grpc::StatusCode;
using running::Clock;
using running::Context;
using running::Get;
using running::kAWhile;
using running::Reacts;
using running::Running;

// What the last server sees of a call.
struct Seen {
  std::promise<Clock::time_point> deadline;
  std::promise<void> cancelled;
};

// Waits until the call is cancelled.
template <class Reactor>
class Waits final : public Reactor {
 public:
  explicit Waits(std::promise<void>& cancelled) : cancelled_(cancelled) {}
  void OnCancel() override {
    cancelled_.set_value();
    this->Finish(Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  std::promise<void>& cancelled_;
};

Status List(const Running& server, grpc::ClientContext& context) {
  return server.stub->List(&context, {})->Finish();
}

// Two servers; a Get or a List waits in the last one.
class Hop : public testing::TestWithParam<decltype(&List)> {
 protected:
  Hop() {
    last_.get = [this](grpc::CallbackServerContext& context) {
      seen_.deadline.set_value(context.deadline());
      return new Waits<running::Unary>(seen_.cancelled);
    };
    last_.list = [this](grpc::CallbackServerContext& context) {
      seen_.deadline.set_value(context.deadline());
      return new Waits<running::Writer>(seen_.cancelled);
    };
  }

  Status Call(Context& context) { return GetParam()(middle_, context); }

  Seen seen_;
  Reacts last_;
  const Running end_{last_};
  kv::Upstream hop_{end_.channel, {/*calls=*/1, /*watches=*/1}};
  const Running middle_{hop_};
};

TEST_P(Hop, PassesDeadlineAndCancellationOn) {
  Context context;
  const Clock::time_point deadline = context.deadline();
  std::thread calling(
      [&] { EXPECT_EQ(Call(context).error_code(), StatusCode::CANCELLED); });
  // gRPC sends the time that is left. Without a deadline it would be years.
  EXPECT_LT(seen_.deadline.get_future().get(),
            deadline + std::chrono::seconds(10));
  Context second;  // in the last server it would set the deadline again
  EXPECT_EQ(Call(second).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  context.TryCancel();
  seen_.cancelled.get_future().wait();
  calling.join();
}

INSTANTIATE_TEST_SUITE_P(Of, Hop, testing::Values(&Get, &List));

TEST(Upstream, ListsLeaveAQuarterOfThePlaces) {
  constexpr int kLists = 3;
  std::promise<void> began[kLists];
  std::promise<void> cancelled[kLists];
  int lists = 0;
  Reacts last;
  last.list = [&](auto& /*context*/) {
    auto* const reactor = new Waits<running::Writer>(cancelled[lists]);
    began[lists++].set_value();
    return reactor;
  };
  last.get = [](auto& context) {
    running::Unary* const reactor = context.DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  };
  const Running end(last);
  kv::Upstream hop(end.channel, {/*calls=*/kLists + 1, /*watches=*/1});
  const Running middle(hop);
  Context holding[kLists];
  std::vector<std::unique_ptr<grpc::ClientReader<kv::v1::ListResponse>>> held;
  for (int i = 0; i < kLists; ++i) {
    held.push_back(middle.stub->List(&holding[i], {}));
    began[i].get_future().wait();
  }
  Context listing;
  EXPECT_EQ(List(middle, listing).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  Context getting;
  EXPECT_TRUE(Get(middle, getting).ok());
}

TEST(Upstream, IsNotCalledForAStranger) {
  std::atomic<int> calls = 0;
  Reacts last;
  last.get = [&calls](auto& /*context*/) {
    ++calls;
    return nullptr;
  };
  last.list = [&calls](auto& /*context*/) {
    ++calls;
    return nullptr;
  };
  const Running end(last);
  kv::Upstream hop(end.channel, {});
  const kv::Tokens none;
  const Running middle(hop, nullptr, &none);
  Context getting;
  EXPECT_EQ(Get(middle, getting).error_code(), StatusCode::UNAUTHENTICATED);
  Context listing;
  EXPECT_EQ(List(middle, listing).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(calls, 0);
}

constexpr int kMessages = 1024;

// Writes 32 MiB.
class WritesMuch final : public running::Writer {
 public:
  explicit WritesMuch(std::promise<void>& written) : written_(written) {
    message_.add_entries()->set_value(std::string(64 << 10, 'x'));
    StartWrite(&message_);
  }
  void OnWriteDone(bool ok) override {
    if (ok && ++count_ < kMessages) {
      StartWrite(&message_);
    } else {
      written_.set_value();
      Finish(Status::OK);
    }
  }
  void OnDone() override { delete this; }

 private:
  std::promise<void>& written_;
  kv::v1::ListResponse message_;
  int count_ = 0;
};

TEST(Upstream, IsAsSlowAsTheCaller) {
  std::promise<void> written;
  const std::future<void> is_written = written.get_future();
  Reacts last;
  last.list = [&written](auto& /*context*/) { return new WritesMuch(written); };
  const Running end(last);
  kv::Upstream hop(end.channel, {});
  const Running middle(hop);
  Context context;
  const auto reader = middle.stub->List(&context, {});
  kv::v1::ListResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(is_written.wait_for(3 * kAWhile), std::future_status::timeout);
  int received = 1;
  while (reader->Read(&message)) ++received;
  EXPECT_EQ(received, kMessages);
  EXPECT_TRUE(reader->Finish().ok());
}

}  // namespace upstream_test
