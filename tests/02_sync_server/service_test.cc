// The service without a network: its limits and statuses, and that a rejected
// call changes nothing.
#include "service/service.h"

#include <gtest/gtest.h>

namespace service_test {

using grpc::StatusCode;

class Service : public testing::Test {
 protected:
  grpc::Status Put(const std::string& key, const std::string& value,
                   std::optional<std::int64_t> expected = std::nullopt) {
    kv::v1::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    if (expected) request.set_expected_revision(*expected);
    return service_.Put(nullptr, &request, &put_);
  }
  grpc::Status Get(const std::string& key) {
    kv::v1::GetRequest request;
    request.set_key(key);
    get_.Clear();
    return service_.Get(nullptr, &request, &get_);
  }
  grpc::Status Delete(const std::string& key) {
    kv::v1::DeleteRequest request;
    request.set_key(key);
    return service_.Delete(nullptr, &request, &delete_);
  }
  std::int64_t Revision() { return store_.Delete("\x01 never there").revision; }

  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
  kv::v1::GetResponse get_;
  kv::v1::PutResponse put_;
  kv::v1::DeleteResponse delete_;
};

TEST_F(Service, FillsInTheAnswers) {
  EXPECT_TRUE(Put("city", "Berlin").ok());
  EXPECT_EQ(put_.revision(), 1);
  EXPECT_TRUE(Get("city").ok());
  EXPECT_EQ(get_.entry().key(), "city");
  EXPECT_EQ(get_.entry().value(), "Berlin");
  EXPECT_EQ(get_.entry().revision(), 1);
  EXPECT_TRUE(Delete("city").ok());
  EXPECT_TRUE(delete_.deleted());
  EXPECT_EQ(delete_.revision(), 2);
}

TEST_F(Service, PassesTheStoresErrorsOn) {
  EXPECT_EQ(Get("city").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(Get("city").error_message(), "no such key \"city\"");
  EXPECT_FALSE(get_.has_entry());
  EXPECT_EQ(Put("city", "", 7).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Revision(), 0);
}

TEST_F(Service, TellsUnsetFromZero) {
  ASSERT_TRUE(Put("city", "Berlin").ok());
  EXPECT_EQ(Put("city", "Paris", 0).error_code(),
            StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(Put("city", "Paris").ok());
  EXPECT_TRUE(Put("city", "Rome", 2).ok());
}

TEST_F(Service, KeysHave1To512Bytes) {
  const std::string longest(512, 'k');
  EXPECT_TRUE(Put(longest, "").ok());
  EXPECT_TRUE(Get(longest).ok());
  for (const std::string& key : {std::string(), longest + "k"}) {
    const std::string why = key.empty()
                                ? "key: must not be empty"
                                : "key: 513 bytes, at most 512 are allowed";
    for (const grpc::Status& status : {Get(key), Put(key, "v"), Delete(key)}) {
      EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(status.error_message(), why);
    }
    EXPECT_FALSE(store_.Get(key).ok());
  }
  EXPECT_EQ(Revision(), 1);
}

TEST_F(Service, ValuesHaveAtMost1MiB) {
  const std::string largest(1 << 20, 'v');
  EXPECT_TRUE(Put("k", largest).ok());
  const grpc::Status status = Put("k", largest + "v");
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(),
            "value: 1048577 bytes, at most 1048576 are allowed");
  EXPECT_EQ(store_.Get("k")->value, largest);
  EXPECT_EQ(Revision(), 1);
}

}  // namespace service_test
