// What a message keeps, drops and rejects, as the page of stage 01 says.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "kv/v1/kv.pb.h"

namespace presence_test {

TEST(Presence, APlainFieldAtItsDefaultIsNotSent) {
  kv::v1::Entry entry;
  entry.set_revision(0);
  EXPECT_EQ(entry.SerializeAsString(), "");
}

TEST(Presence, AnOptionalFieldIsSentOnceSet) {
  kv::v1::PutRequest request;
  EXPECT_FALSE(request.has_expected_revision());
  EXPECT_EQ(request.expected_revision(), 0);  // reads as 0, though it is unset
  request.set_expected_revision(0);
  EXPECT_TRUE(request.has_expected_revision());
  kv::v1::PutRequest back;
  ASSERT_TRUE(back.ParseFromString(request.SerializeAsString()));
  EXPECT_TRUE(back.has_expected_revision());
}

// [message_field]
TEST(Presence, AMessageFieldHasItToo) {
  kv::v1::GetResponse response;
  EXPECT_FALSE(response.has_entry());
  EXPECT_EQ(response.entry().key(), "");  // an empty one, to read only
  EXPECT_FALSE(response.has_entry());
  response.mutable_entry();  // to write: now it is there
  EXPECT_TRUE(response.has_entry());
}
// [message_field]

// [half]
TEST(Parse, CutOffBytesAreFalseAndLeaveHalfAMessage) {
  kv::v1::Entry entry;
  entry.set_key("city");
  entry.set_value("Berlin");
  const std::string bytes = entry.SerializeAsString();
  kv::v1::Entry back;
  EXPECT_FALSE(back.ParseFromString(bytes.substr(0, bytes.size() - 1)));
  EXPECT_EQ(back.key(), "city");  // so look at the bool, not at the fields
}
// [half]

// A string that is not UTF-8 is written all the same (with a complaint on
// stderr), and then nobody can read it.
TEST(Parse, AStringThatIsNotUtf8IsWrittenButNotRead) {
  kv::v1::GetRequest request;
  request.set_key("\xff");
  std::string bytes;
  testing::internal::CaptureStderr();
  EXPECT_TRUE(request.SerializeToString(&bytes));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("String field 'kv.v1.GetRequest.key' contains "
                                 "invalid UTF-8 data"));
  EXPECT_EQ(bytes, "\x0a\x01\xff");
  EXPECT_FALSE(kv::v1::GetRequest().ParseFromString(bytes));
}

// [json]
TEST(Json, AnInt64IsAStringAndEitherFormIsRead) {
  kv::v1::PutResponse response;
  response.set_revision(9007199254740993);  // 2^53 + 1: no double holds it
  std::string json;
  ASSERT_TRUE(
      google::protobuf::util::MessageToJsonString(response, &json).ok());
  EXPECT_EQ(json, R"({"revision":"9007199254740993"})");
  kv::v1::PutResponse back;
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(R"({"revision":300})", &back)
          .ok());
  EXPECT_EQ(back.revision(), 300);
}
// [json]

TEST(Json, AFieldAtItsDefaultIsLeftOut) {
  std::string json;
  ASSERT_TRUE(
      google::protobuf::util::MessageToJsonString(kv::v1::PutResponse(), &json)
          .ok());
  EXPECT_EQ(json, "{}");
}

}  // namespace presence_test
