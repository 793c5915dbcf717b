// What a program can read from our errors, and what becomes of too many
// details.
#include <grpcpp/support/error_details.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "client/details.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "running.h"
#include "service/error_details.h"
#include "service/service.h"
#include "store/store.h"

namespace details_test {

using grpc::StatusCode;
using running::Context;

// The detail of this type; fails if there is not exactly one.
template <class Detail>
Detail Only(const grpc::Status& status) {
  google::rpc::Status all;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &all).ok());
  EXPECT_EQ(all.code(), status.error_code());
  EXPECT_EQ(all.message(), status.error_message());
  int found = 0;
  Detail detail;
  for (const auto& any : all.details()) found += any.UnpackTo(&detail) ? 1 : 0;
  EXPECT_EQ(found, 1) << status.error_message();
  return detail;
}

void HasInfo(const grpc::Status& status, StatusCode code,
             const std::string& reason,
             const std::map<std::string, std::string>& values) {
  EXPECT_EQ(status.error_code(), code) << status.error_message();
  const auto info = Only<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), reason);
  EXPECT_EQ(info.domain(), "kv.v1");
  const std::map<std::string, std::string> has(info.metadata().begin(),
                                               info.metadata().end());
  EXPECT_EQ(has, values);
}

class Details : public testing::Test {
 protected:
  grpc::Status Put(const std::string& key, const std::string& value,
                   std::optional<std::int64_t> expected = std::nullopt) const {
    kv::v1::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    if (expected) request.set_expected_revision(*expected);
    kv::v1::PutResponse response;
    Context context;
    return server.stub->Put(&context, request, &response);
  }
  grpc::Status Watch(std::optional<std::int64_t> after,
                     const std::string& prefix = "") const {
    kv::v1::WatchRequest request;
    request.set_prefix(prefix);
    if (after) request.set_after_revision(*after);
    Context context;
    const auto reader = server.stub->Watch(&context, request);
    kv::v1::WatchResponse response;
    while (reader->Read(&response)) {
    }
    return reader->Finish();
  }
  grpc::Status Import(int entries, const std::string& key,
                      const std::string& value) const {
    Context context;
    kv::v1::ImportResponse response;
    const auto writer = server.stub->Import(&context, &response);
    kv::v1::ImportRequest request;
    request.set_key(key);
    request.set_value(value);
    for (int i = 0; i < entries && writer->Write(request); ++i) {
    }
    writer->WritesDone();
    return writer->Finish();
  }

  kv::Store store{/*max_changes=*/2};
  kv::KeyValueServiceImpl service{store, /*import_bytes=*/2000};
  running::Running server{service};
};

TEST_F(Details, NameEveryFieldThatIsWrong) {
  const grpc::Status status = Put("", std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(),
            "key: must not be empty; value: 1048577 bytes, at most 1048576 are "
            "allowed");
  const auto bad = Only<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "key");
  EXPECT_EQ(bad.field_violations(0).description(), "must not be empty");
  EXPECT_EQ(bad.field_violations(1).field(), "value");
}

TEST_F(Details, OfStreamsAreInTheirStatus) {
  const grpc::Status watch = Watch(-1, std::string(513, 'x'));
  const auto bad = Only<google::rpc::BadRequest>(watch);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(0).field(), "prefix");
  EXPECT_EQ(bad.field_violations(1).field(), "after_revision");
}

TEST_F(Details, SayWhichEntryOfAnImportIsWrong) {
  const grpc::Status status = Import(1, "", "");
  EXPECT_EQ(status.error_message(), "entry 1: key: must not be empty");
  EXPECT_EQ(Only<google::rpc::BadRequest>(status).field_violations_size(), 1);
  HasInfo(status, StatusCode::INVALID_ARGUMENT, "ENTRY_INVALID",
          {{"entry", "1"}});
}

TEST_F(Details, GiveTheRevision) {
  ASSERT_TRUE(Put("a", "1").ok());
  kv::v1::GetRequest request;
  request.set_key("b");
  kv::v1::GetResponse response;
  Context context;
  HasInfo(server.stub->Get(&context, request, &response), StatusCode::NOT_FOUND,
          "KEY_NOT_FOUND", {{"revision", "1"}});
  HasInfo(Watch(7), StatusCode::OUT_OF_RANGE, "REVISION_AHEAD",
          {{"watch_after", "1"}});
  ASSERT_TRUE(Put("other", "").ok());  // the store is at 2, and a still at 1
  HasInfo(Put("a", "2", 0), StatusCode::FAILED_PRECONDITION,
          "REVISION_MISMATCH", {{"current_revision", "1"}});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Put("a", "3").ok());
  HasInfo(Watch(1), StatusCode::OUT_OF_RANGE, "REVISION_TOO_OLD",
          {{"watch_after", "3"}});
}

TEST_F(Details, SayWhenToTryAgainOnlyIfItMayHelp) {
  const grpc::Status busy = Import(1, "a", std::string(3000, 'x'));
  HasInfo(busy, StatusCode::RESOURCE_EXHAUSTED, "IMPORTS_BUSY", {});
  EXPECT_EQ(kv::RetryDelay(busy), absl::Seconds(1));
  store.EndWatches();
  const grpc::Status stops = Watch(std::nullopt);
  HasInfo(stops, StatusCode::UNAVAILABLE, "SERVER_STOPS", {});
  EXPECT_EQ(kv::RetryDelay(stops), absl::Seconds(1));
  EXPECT_EQ(kv::RetryDelay(Put("", "")), std::nullopt);
}

// Fails each Get with details of a size.
class Detailed final : public kv::v1::KeyValueService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* /*context*/,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    return {StatusCode::NOT_FOUND, "the real code", details};
  }
  std::string details;
};

grpc::Status GetFrom(Detailed& service) {
  const running::Running server(service);
  Context context;
  kv::v1::GetResponse response;
  return server.stub->Get(&context, {}, &response);
}

// [size]
TEST(Trap, TooManyDetailsHideTheRealCode) {
  Detailed service;
  service.details = std::string(7000, 'x');
  EXPECT_EQ(GetFrom(service).error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(GetFrom(service).error_details().size(), 7000U);
  service.details = std::string(9000, 'x');
  const grpc::Status status = GetFrom(service);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(),
            "received initial metadata size exceeds limit");
}
// [size]

TEST(WithDetails, LeavesOutWhatDoesNotFit) {
  google::rpc::BadRequest bad;
  for (int i = 0; i < 100'000; ++i) kv::Add(bad, "key", "bad");
  google::protobuf::Any big;
  EXPECT_TRUE(big.PackFrom(bad));
  Detailed service;
  service.details = kv::WithDetails(StatusCode::NOT_FOUND, "the real code",
                                    {kv::ErrorInfo("FIRST", {}), big})
                        .error_details();
  HasInfo(GetFrom(service), StatusCode::NOT_FOUND, "FIRST", {});
}

// The client's own text: details come from a server, and may be anything.
TEST(DetailsText, OfAnything) {
  const auto text = [](const std::string& details) {
    return kv::DetailsText({StatusCode::NOT_FOUND, "no", details});
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("no protobuf"), "");
  google::rpc::Status all;
  all.add_details()->set_type_url("type.googleapis.com/other.Thing");
  EXPECT_EQ(text(all.SerializeAsString()),
            " [type.googleapis.com/other.Thing]");
  all.mutable_details(0)->set_type_url(
      "type.googleapis.com/google.rpc.RetryInfo");
  all.mutable_details(0)->set_value("no protobuf");
  EXPECT_EQ(text(all.SerializeAsString()),
            " [type.googleapis.com/google.rpc.RetryInfo]");
  google::rpc::BadRequest bad;
  for (int i = 0; i < 1000; ++i) kv::Add(bad, "key", "bad");
  EXPECT_TRUE(all.mutable_details(0)->PackFrom(bad));
  const std::string thousand = text(all.SerializeAsString());
  EXPECT_TRUE(absl::EndsWith(thousand, "key: bad; and 992 more]")) << thousand;
  EXPECT_LT(thousand.size(), 200U);
}

}  // namespace details_test
