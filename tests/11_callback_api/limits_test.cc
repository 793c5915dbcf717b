// Places for calls and for watches: who takes one, and when it is returned.
#include <grpcpp/support/error_details.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "running.h"
#include "service/service.h"
#include "store/store.h"

namespace limits_test {

using grpc::Status;
using grpc::StatusCode;
using kv::v1::KeyValueService;
using running::Clock;
using running::Context;
using running::Running;

Status Get(KeyValueService::Stub& stub) {
  Context context;
  kv::v1::GetResponse response;
  return stub.Get(&context, {}, &response);  // without a key
}

Status Import(KeyValueService::Stub& stub, const std::string& key) {
  Context context;
  kv::v1::ImportResponse response;
  const auto writer = stub.Import(&context, &response);
  kv::v1::ImportRequest request;
  request.set_key(key);
  writer->Write(request);
  writer->WritesDone();
  return writer->Finish();
}

// Reads one message, which proves that the call has begun, and cancels or reads
// on.
Status List(KeyValueService::Stub& stub, bool cancel) {
  Context context;
  const auto reader = stub.List(&context, {});
  kv::v1::ListResponse response;
  if (reader->Read(&response) && cancel) context.TryCancel();
  while (reader->Read(&response)) {
  }
  return reader->Finish();
}

Status Watch(KeyValueService::Stub& stub) {
  Context context;
  const auto reader = stub.Watch(&context, {});
  reader->WaitForInitialMetadata();
  if (context.GetServerInitialMetadata().count("kv-revision") > 0) {
    context.TryCancel();
  }
  return reader->Finish();
}

// A Pipeline that has taken its place, if it could.
class Held final {
 public:
  explicit Held(KeyValueService::Stub& stub) {
    stream_ = stub.Pipeline(&context_);
    kv::v1::PipelineResponse response;
    began_ = stream_->Write({}) && stream_->Read(&response);
  }
  bool began() const { return began_; }
  Status End(bool cancel) {
    if (cancel) context_.TryCancel();
    stream_->WritesDone();
    return stream_->Finish();
  }

 private:
  Context context_;
  std::unique_ptr<grpc::ClientReaderWriter<kv::v1::PipelineRequest,
                                           kv::v1::PipelineResponse>>
      stream_;
  bool began_ = false;
};

// Calls again while there is no place: one is returned a little after the
// status that the client sees.
StatusCode Eventually(const std::function<Status()>& call) {
  const Clock::time_point until = Clock::now() + std::chrono::seconds(30);
  Status status;
  do {
    status = call();
  } while (status.error_code() == StatusCode::RESOURCE_EXHAUSTED &&
           Clock::now() < until);
  return status.error_code();
}

class OnePlace : public testing::Test {
 protected:
  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_, {/*calls=*/1, /*watches=*/1}};
  const Running server_{service_};
  KeyValueService::Stub& stub_ = *server_.stub;
};

TEST_F(OnePlace, IsReturnedByEachKindOfCallAndEachEnd) {
  // More than a connection holds while nobody reads.
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(store_.Put(std::to_string(i), std::string(1 << 20, 'x')).ok());
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Eventually([&] { return Get(stub_); }),
              StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(Eventually([&] { return List(stub_, /*cancel=*/false); }),
              StatusCode::OK);
    EXPECT_EQ(Eventually([&] { return List(stub_, /*cancel=*/true); }),
              StatusCode::CANCELLED);
    EXPECT_EQ(Eventually([&] { return Import(stub_, "a"); }), StatusCode::OK);
    EXPECT_EQ(Eventually([&] { return Import(stub_, ""); }),
              StatusCode::INVALID_ARGUMENT);
    for (const bool cancel : {false, true}) {
      EXPECT_EQ(Eventually([&] {
                  Held held(stub_);
                  return held.End(held.began() && cancel);
                }),
                cancel ? StatusCode::CANCELLED : StatusCode::OK);
    }
    EXPECT_EQ(Eventually([&] { return Watch(stub_); }), StatusCode::CANCELLED);
  }
}

TEST_F(OnePlace, ThatIsTakenRejectsOtherCallsButNoWatch) {
  const Held held(stub_);
  ASSERT_TRUE(held.began());
  for (const Status& status : {Get(stub_), List(stub_, /*cancel=*/false),
                               Import(stub_, "a"), Held(stub_).End(false)}) {
    EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
    google::rpc::Status all;
    ASSERT_TRUE(grpc::ExtractErrorDetails(status, &all).ok());
    ASSERT_EQ(all.details_size(), 2);
    google::rpc::RetryInfo retry;
    EXPECT_TRUE(all.details(1).UnpackTo(&retry));
    EXPECT_EQ(retry.retry_delay().seconds(), 1);
  }
  EXPECT_EQ(Watch(stub_).error_code(), StatusCode::CANCELLED);
}

TEST_F(OnePlace, ThatAWatchTakesRejectsWatchesButNoOtherCall) {
  Context context;
  const auto watch = stub_.Watch(&context, {});
  watch->WaitForInitialMetadata();
  EXPECT_EQ(Watch(stub_).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Get(stub_).error_code(), StatusCode::INVALID_ARGUMENT);
  context.TryCancel();
  watch->Finish();
}

// A client can hold a stream open for as long as it likes, for example by not
// reading a List.
TEST(FourPlaces, AreNotAllTakenByStreams) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store, {/*calls=*/4, /*watches=*/1});
  const Running server(service);
  const Held first(*server.stub);
  const Held second(*server.stub);
  const Held third(*server.stub);
  ASSERT_TRUE(first.began() && second.began() && third.began());
  for (const Status& status :
       {List(*server.stub, /*cancel=*/false), Import(*server.stub, "a"),
        Held(*server.stub).End(false)}) {
    EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  }
  EXPECT_EQ(Get(*server.stub).error_code(), StatusCode::INVALID_ARGUMENT);
}

}  // namespace limits_test
