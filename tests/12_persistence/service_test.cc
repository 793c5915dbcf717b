// The service while its log is slow: nothing blocks gRPC's threads, and a
// pipeline keeps its order.
#include <grpcpp/support/error_details.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "kept_log.h"
#include "running.h"
#include "service/service.h"
#include "service/upstream.h"
#include "store/cause.h"

namespace persistence_test {

using grpc::StatusCode;
using running::Context;
using running::Running;

class SlowDisk : public testing::Test {
 protected:
  // Ends the calls that wait, so that the server can stop.
  ~SlowDisk() override { disk_.Release(); }

  Disk disk_;
  const std::unique_ptr<kv::Store> store_ =
      *kv::Store::Open(std::make_unique<KeptLog>(disk_));
  kv::KeyValueServiceImpl service_{*store_, {/*calls=*/200, /*watches=*/1}};
  const Running server_{service_};
  kv::v1::KeyValueService::Stub& stub_ = *server_.stub;
};

grpc::Status PutNow(kv::v1::KeyValueService::Stub& stub,
                    const std::string& key) {
  Context context;
  kv::v1::PutRequest request;
  request.set_key(key);
  kv::v1::PutResponse response;
  return stub.Put(&context, request, &response);
}

grpc::Status GetNow(kv::v1::KeyValueService::Stub& stub,
                    const std::string& key) {
  Context context;
  kv::v1::GetRequest request;
  request.set_key(key);
  kv::v1::GetResponse response;
  return stub.Get(&context, request, &response);
}

// Many more than gRPC has threads for callbacks.
TEST_F(SlowDisk, AHundredPutsWaitAndAGetIsAnswered) {
  ASSERT_TRUE(PutNow(stub_, "a").ok());
  disk_.Hold();
  std::vector<std::future<grpc::Status>> puts;
  puts.reserve(100);
  for (int i = 0; i < 100; ++i) {
    puts.push_back(
        std::async(std::launch::async, [this] { return PutNow(stub_, "b"); }));
  }
  disk_.WaitUntilHeld();
  EXPECT_TRUE(GetNow(stub_, "a").ok());
  EXPECT_EQ(GetNow(stub_, "b").error_code(), StatusCode::NOT_FOUND);
  disk_.Release();
  for (auto& put : puts) EXPECT_TRUE(put.get().ok());
  EXPECT_TRUE(GetNow(stub_, "b").ok());
}

// RetryInfo promises that nothing was changed.
TEST_F(SlowDisk, OnlyAWriteThatIsSurelyAbsentMayBeRepeated) {
  for (const std::string reason : {"NOT_WRITTEN", "DISK_FAILED"}) {
    disk_.Answer(kv::Failed(absl::UnavailableError("full"), {reason}));
    const grpc::Status status = PutNow(stub_, "a");
    EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
    google::rpc::Status all;
    ASSERT_TRUE(grpc::ExtractErrorDetails(status, &all).ok());
    google::rpc::ErrorInfo info;
    ASSERT_TRUE(all.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), reason);
    EXPECT_EQ(all.details_size(), reason == "NOT_WRITTEN" ? 2 : 1);
  }
}

kv::v1::PipelineRequest PutOf(std::uint64_t id) {
  kv::v1::PipelineRequest request;
  request.set_id(id);
  request.mutable_put_request()->set_key("a");
  return request;
}

// The invalid operation between the two needs no disk, and waits for its turn.
TEST_F(SlowDisk, APipelineAnswersInOrderAndItsGetMeetsItsPut) {
  disk_.Hold();
  Context context;
  const auto stream = stub_.Pipeline(&context);
  ASSERT_TRUE(stream->Write(PutOf(1)));
  kv::v1::PipelineRequest request;
  request.set_id(2);
  ASSERT_TRUE(stream->Write(request));
  request.set_id(3);
  request.mutable_get_request()->set_key("a");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->WritesDone());
  disk_.WaitUntilHeld();
  disk_.Release();
  std::vector<std::uint64_t> ids;
  kv::v1::PipelineResponse answer;
  while (stream->Read(&answer)) ids.push_back(answer.id());
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(answer.get_response().entry().revision(), 1);
  EXPECT_TRUE(stream->Finish().ok());
}

// What was begun is written, although nobody waits for it; what waits is not.
TEST_F(SlowDisk, CallsThatAreCancelledMeanwhileEnd) {
  disk_.Hold();
  for (int i = 0; i < 3; ++i) {
    Context context;
    const auto stream = stub_.Pipeline(&context);
    for (std::uint64_t id = 1; id <= 64; ++id) {
      ASSERT_TRUE(stream->Write(PutOf(id)));
    }
    disk_.WaitUntilHeld();
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), StatusCode::CANCELLED);
  }
  Context context(std::chrono::milliseconds(1));
  kv::v1::ImportResponse response;
  const auto import = stub_.Import(&context, &response);
  import->WritesDone();
  EXPECT_EQ(import->Finish().error_code(), StatusCode::DEADLINE_EXCEEDED);
  disk_.Release();
  EXPECT_TRUE(PutNow(stub_, "b").ok());
  std::size_t written = 0;
  for (const auto& group : disk_.groups()) written += group.size();
  EXPECT_LT(written, 3U * 64);
}

// A store's name, as a Watch sends it.
std::string NameOf(kv::v1::KeyValueService::Stub& stub,
                   const std::string& known, StatusCode expected) {
  Context context;
  if (!known.empty()) context.AddMetadata("kv-store", known);
  const auto stream = stub.Watch(&context, {});
  stream->WaitForInitialMetadata();
  const auto& headers = context.GetServerInitialMetadata();
  const auto name = headers.find("kv-store");
  if (name != headers.end()) context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), expected);
  return name == headers.end()
             ? ""
             : std::string(name->second.data(), name->second.size());
}

TEST(StoreName, IsPassedOnByAHopInBothDirections) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  const Running server(service);
  kv::Upstream upstream(server.channel, {});
  const Running hop(upstream);
  EXPECT_EQ(NameOf(*hop.stub, "", StatusCode::CANCELLED), store.id());
  EXPECT_EQ(NameOf(*hop.stub, store.id(), StatusCode::CANCELLED), store.id());
  EXPECT_EQ(NameOf(*hop.stub, "other", StatusCode::FAILED_PRECONDITION), "");
}

}  // namespace persistence_test
