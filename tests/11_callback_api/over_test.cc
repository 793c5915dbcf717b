// What the server notices when a client cancels, for each kind of call and at
// each moment, and what becomes of the store.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <tuple>

#include "running.h"
#include "service/service.h"
#include "store/store.h"

namespace kv {

// Holds the store's lock.
class StoreLock final {
 public:
  explicit StoreLock(Store& store) : lock_(store.mutex_) {}

 private:
  const std::unique_lock<std::timed_mutex> lock_;
};

}  // namespace kv

namespace over_test {

using grpc::StatusCode;
using running::Clock;
using running::Context;
using std::chrono::milliseconds;
using Hook = grpc::experimental::InterceptionHookPoints;
using Methods = grpc::experimental::InterceptorBatchMethods;
using Info = grpc::experimental::ServerRpcInfo;

enum class Kind { kPut, kList, kImport, kPipeline };
enum class Moment { kBefore, kIn, kAfter };

// What the test and the interceptor tell each other about the call.
struct Course {
  Moment moment;
  std::promise<void> reached;      // the moment has come
  std::promise<void> cancelled;    // the server has received the cancellation
  std::promise<StatusCode> ended;  // what the handler returned
};

// Waits at the moment until the call is cancelled. Ignores Get.
class Waits final : public grpc::experimental::Interceptor {
 public:
  Waits(Course& course, Info* info) : course_(course), info_(info) {}

  void Intercept(Methods* methods) override {
    if (std::string(info_->method()) == "/kv.v1.KeyValueService/Get") {
      methods->Proceed();
      return;
    }
    const bool begins =
        methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA);
    const bool ends =
        methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS);
    const StatusCode code =
        ends ? methods->GetSendStatus().error_code() : StatusCode::OK;
    if (begins && course_.moment != Moment::kAfter) course_.reached.set_value();
    if (ends && course_.moment == Moment::kAfter) course_.reached.set_value();
    if (begins ? course_.moment == Moment::kBefore
               : ends && course_.moment == Moment::kAfter) {
      course_.cancelled.get_future().wait();
    }
    if (ends) course_.ended.set_value(code);
    methods->Proceed();
  }

 private:
  Course& course_;
  Info* const info_;
};

class WaitsFactory final : public running::Factory {
 public:
  explicit WaitsFactory(Course& course) : course_(course) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      Info* info) override {
    return new Waits(course_, info);
  }

 private:
  Course& course_;
};

// Makes a call, and stops in the middle of it if that is the moment.
grpc::Status Call(Kind kind, kv::v1::KeyValueService::Stub& stub,
                  grpc::ClientContext& context, bool stops) {
  kv::v1::PutRequest put;
  put.set_key("new");
  switch (kind) {
    case Kind::kPut: {
      kv::v1::PutResponse response;
      return stub.Put(&context, put, &response);
    }
    case Kind::kList: {
      const auto reader = stub.List(&context, {});
      kv::v1::ListResponse response;
      // Without a reader, flow control stops the server.
      while (!stops && reader->Read(&response)) {
      }
      return reader->Finish();
    }
    case Kind::kImport: {
      kv::v1::ImportResponse response;
      const auto writer = stub.Import(&context, &response);
      kv::v1::ImportRequest request;
      request.set_key("new");
      writer->Write(request);
      if (!stops) writer->WritesDone();
      return writer->Finish();
    }
    case Kind::kPipeline: {
      const auto stream = stub.Pipeline(&context);
      kv::v1::PipelineRequest request;
      *request.mutable_put_request() = put;
      if (stops) request.mutable_get_request();  // no second thing to expect
      stream->Write(request);
      if (!stops) stream->WritesDone();
      kv::v1::PipelineResponse response;
      while (stream->Read(&response)) {
      }
      return stream->Finish();
    }
  }
  return grpc::Status::OK;
}

// Returns when the server knows that the call before is over: HTTP/2 keeps the
// order. This call has no key, so it does not reach the store.
void LetServerKnow(const running::Running& server) {
  Context context;
  kv::v1::GetResponse response;
  EXPECT_EQ(server.stub->Get(&context, {}, &response).error_code(),
            StatusCode::INVALID_ARGUMENT);
}

class Cancelled : public testing::TestWithParam<
                      std::tuple<Kind, Moment, StatusCode, bool>> {};

TEST_P(Cancelled, IsNoticed) {
  const auto [kind, moment, code, stored] = GetParam();
  kv::Store store;
  // More than a connection holds while nobody reads.
  for (int i = 0; i < 16; ++i) {
    ASSERT_TRUE(store.Put(std::to_string(i), std::string(1 << 20, 'x')).ok());
  }
  Course course{moment, {}, {}, {}};
  {
    kv::KeyValueServiceImpl service(store);
    const running::Running server(service,
                                  std::make_unique<WaitsFactory>(course));
    std::unique_ptr<kv::StoreLock> busy;
    if (kind == Kind::kPut && moment == Moment::kIn) {
      busy = std::make_unique<kv::StoreLock>(store);
    }
    Context context;
    std::thread calling([&, &the_kind = kind, &the_moment = moment] {
      const grpc::Status status =
          Call(the_kind, *server.stub, context, the_moment == Moment::kIn);
      EXPECT_EQ(status.error_code(), StatusCode::CANCELLED);
    });
    course.reached.get_future().wait();
    context.TryCancel();
    calling.join();
    LetServerKnow(server);
    course.cancelled.set_value();
    // The handler ends although the lock is still held.
    EXPECT_EQ(course.ended.get_future().get(), code);
  }
  EXPECT_EQ(store.Get("new").ok(), stored);
}

// [table]
INSTANTIATE_TEST_SUITE_P(
    In, Cancelled,
    testing::Values(
        std::tuple(Kind::kPut, Moment::kIn, StatusCode::CANCELLED, false),
        std::tuple(Kind::kList, Moment::kIn, StatusCode::CANCELLED, false),
        std::tuple(Kind::kImport, Moment::kIn, StatusCode::CANCELLED, false),
        std::tuple(Kind::kPipeline, Moment::kIn, StatusCode::CANCELLED,
                   false)));
// The handler has returned: nobody tells it, and what it did stays done.
INSTANTIATE_TEST_SUITE_P(
    After, Cancelled,
    testing::Values(
        std::tuple(Kind::kPut, Moment::kAfter, StatusCode::OK, true),
        std::tuple(Kind::kImport, Moment::kAfter, StatusCode::OK, true),
        std::tuple(Kind::kPipeline, Moment::kAfter, StatusCode::OK, true)));
// [table]

// A handler that waits until it knows that its call is over.
class Patient final : public kv::v1::KeyValueService::Service {
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    while (!context->IsCancelled()) {
      std::this_thread::sleep_for(milliseconds(1));  // there is no event for it
    }
    return grpc::Status::CANCELLED;
  }
};

// Not always at its first question: gRPC tells it a little late.
TEST(Cancel, BeforeTheHandlerIsNoticedInIt) {
  Course course{Moment::kBefore, {}, {}, {}};
  Patient service;
  const running::Running server(service,
                                std::make_unique<WaitsFactory>(course));
  Context context;
  std::thread calling([&] {
    kv::v1::PutResponse response;
    EXPECT_EQ(server.stub->Put(&context, {}, &response).error_code(),
              StatusCode::CANCELLED);
  });
  course.reached.get_future().wait();
  context.TryCancel();
  calling.join();
  course.cancelled.set_value();
  EXPECT_EQ(course.ended.get_future().get(), StatusCode::CANCELLED);
}

TEST(Deadline, ThatPassesWhileThePutWaitsChangesNothing) {
  kv::Store store;
  {
    kv::KeyValueServiceImpl service(store);
    const running::Running server(service);
    const kv::StoreLock busy(store);
    Context context(milliseconds(200));
    kv::v1::PutRequest request;
    request.set_key("a");
    kv::v1::PutResponse response;
    EXPECT_EQ(server.stub->Put(&context, request, &response).error_code(),
              StatusCode::DEADLINE_EXCEEDED);
    LetServerKnow(server);
  }
  EXPECT_FALSE(store.Get("a").ok());
}

TEST(Store, DoesNothingForACallThatIsOver) {
  kv::Store store;
  ASSERT_TRUE(store.Put("a", "1").ok());
  const auto over = [] { return true; };
  EXPECT_EQ(
      store.Put("a", "2", {}, over).status(),
      absl::CancelledError("the call was over before the store did anything"));
  EXPECT_TRUE(absl::IsCancelled(store.Delete("a", over).status()));
  EXPECT_TRUE(absl::IsCancelled(store.Import({{"a", "2"}}, over).status()));
  EXPECT_TRUE(absl::IsCancelled(store.Get("a", over).status()));
  EXPECT_TRUE(absl::IsCancelled(store.List("", 0, over).status()));
  EXPECT_EQ(store.Get("a")->value, "1");
  EXPECT_EQ(store.Get("a")->revision, 1);
}

}  // namespace over_test
