// What a second hop passes on, and what it does not.
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>

#include "client/details.h"
#include "running.h"
#include "service/service.h"
#include "service/upstream.h"
#include "store/store.h"

namespace hop_test {

using grpc::StatusCode;
using running::Clock;
using running::Context;
using std::chrono::milliseconds;
using std::chrono::seconds;

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr milliseconds kAWhile(200);

// The last server: a Get there waits until its call is over.
class Last final : public kv::v1::KeyValueService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    deadline = context->deadline();
    token = context->client_metadata().count("token") > 0;
    entered.set_value();
    const Clock::time_point until = Clock::now() + patience;
    while (!context->IsCancelled() && Clock::now() < until) {
      std::this_thread::sleep_for(
          milliseconds(1));  // a sync handler can't wait
    }
    noticed.set_value(context->IsCancelled());
    return grpc::Status::OK;
  }

  milliseconds patience = seconds(30);
  Clock::time_point deadline;
  bool token = false;
  std::promise<void> entered;
  std::promise<bool> noticed;
};

// [plain]
// A hop as one would write it first, with a context of its own.
class PlainHop final : public kv::v1::KeyValueService::Service {
 public:
  explicit PlainHop(kv::v1::KeyValueService::Stub& stub) : stub_(stub) {}
  grpc::Status Get(grpc::ServerContext* /*context*/,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override {
    grpc::ClientContext call;
    return stub_.Get(&call, *request, response);
  }
  // [plain]

 private:
  kv::v1::KeyValueService::Stub& stub_;
};

grpc::Status Get(const running::Running& server, grpc::ClientContext& context) {
  kv::v1::GetResponse response;
  return server.stub->Get(&context, {}, &response);
}

TEST(Upstream, GetsTheDeadline) {
  Last last;
  const running::Running end(last);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);
  Context context(milliseconds(300));
  const Clock::time_point deadline = context.deadline();
  EXPECT_EQ(Get(middle, context).error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(last.noticed.get_future().get());
  // gRPC sends the time that is left, rounded up to a few milliseconds.
  EXPECT_LT(last.deadline, deadline + milliseconds(100));
}

TEST(Upstream, IsCancelledWithTheCaller) {
  Last last;
  const running::Running end(last);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);
  Context context;
  std::thread calling([&] {
    EXPECT_EQ(Get(middle, context).error_code(), StatusCode::CANCELLED);
  });
  last.entered.get_future().wait();
  context.TryCancel();
  EXPECT_TRUE(last.noticed.get_future().get());
  calling.join();
}

TEST(Trap, APlainContextPassesNothingOn) {
  Last last;
  last.patience = kAWhile;
  const running::Running end(last);
  PlainHop hop(*end.stub);
  const running::Running middle(hop);
  Context context(milliseconds(100));
  EXPECT_EQ(Get(middle, context).error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_FALSE(last.noticed.get_future().get()) << "it ran to its end";
  EXPECT_EQ(last.deadline, Clock::time_point::max());
}

TEST(Upstream, DoesNotGetTheCallersMetadata) {
  Last last;
  last.patience = milliseconds(0);
  const running::Running end(last);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);
  Context context;
  context.AddMetadata("token", "secret");
  EXPECT_TRUE(Get(middle, context).ok());
  EXPECT_FALSE(last.token);
}

// A handler that looks at the context that it would call with.
class Looks final : public kv::v1::KeyValueService::Service {
 public:
  explicit Looks(kv::v1::KeyValueService::Stub& stub) : stub_(stub) {}
  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override {
    const auto call = grpc::ClientContext::FromServerContext(*context);
    before = call->deadline();
    call->set_deadline(Clock::now() + seconds(60));
    return stub_.Get(call.get(), *request, response);
  }
  Clock::time_point before;

 private:
  kv::v1::KeyValueService::Stub& stub_;
};

TEST(Trap, TheDeadlineThatIsPassedOnCantBeReadOrExtended) {
  Last last;
  const running::Running end(last);
  Looks hop(*end.stub);
  const running::Running middle(hop);
  Context context(milliseconds(300));
  EXPECT_EQ(Get(middle, context).error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(last.noticed.get_future().get());
  EXPECT_EQ(hop.before, Clock::time_point::max()) << "grpc/grpc#12655";
  EXPECT_LT(last.deadline, Clock::now() + seconds(30));
}

TEST(Upstream, SendsOnMessagesMetadataAndErrorsWithTheirDetails) {
  kv::Store store;
  ASSERT_TRUE(store.Put("a", "1").ok());
  kv::KeyValueServiceImpl service(store);
  const running::Running end(service);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);

  kv::v1::GetRequest get;
  get.set_key("b");
  kv::v1::GetResponse got;
  Context context;
  const grpc::Status absent = middle.stub->Get(&context, get, &got);
  EXPECT_EQ(kv::DetailsText(absent), " [KEY_NOT_FOUND of kv.v1, revision: 1]");

  Context listing;
  const auto list = middle.stub->List(&listing, {});
  kv::v1::ListResponse entries;
  ASSERT_TRUE(list->Read(&entries));
  EXPECT_EQ(entries.entries(0).key(), "a");
  EXPECT_FALSE(list->Read(&entries));
  EXPECT_TRUE(list->Finish().ok());

  Context watching;
  kv::v1::WatchRequest request;
  request.set_after_revision(0);
  const auto watch = middle.stub->Watch(&watching, request);
  kv::v1::WatchResponse change;
  ASSERT_TRUE(watch->Read(&change));
  EXPECT_EQ(change.entry().revision(), 1);
  EXPECT_EQ(watching.GetServerInitialMetadata().count("kv-revision"), 1U);
  watching.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), StatusCode::CANCELLED);
}

TEST(Upstream, EndsWatchesWhenTheServerStops) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  const running::Running end(service);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);
  Context context;
  const auto watch = middle.stub->Watch(&context, {});
  watch->WaitForInitialMetadata();
  hop.EndWatches();
  const grpc::Status running = watch->Finish();
  EXPECT_EQ(running.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(kv::DetailsText(running),
            " [SERVER_STOPS of kv.v1] [try again after 1s]");
  Context later;
  EXPECT_EQ(middle.stub->Watch(&later, {})->Finish().error_code(),
            StatusCode::UNAVAILABLE);
  EXPECT_LT(Clock::now() + seconds(10), context.deadline());
}

TEST(Upstream, RejectsWrites) {
  Last last;
  const running::Running end(last);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);
  Context context;
  kv::v1::PutResponse response;
  EXPECT_EQ(middle.stub->Put(&context, {}, &response).error_code(),
            StatusCode::UNIMPLEMENTED);
}

}  // namespace hop_test
