// How readers that were built from other contracts read today's bytes.
#include "versions.h"

#include <gtest/gtest.h>

#include "kv/v1/kv.pb.h"

namespace versions_test {

kv::v1::Entry Entry() {
  kv::v1::Entry entry;
  entry.set_key("k");
  entry.set_value("v");
  entry.set_revision(5);
  return entry;
}

TEST(Version, AnOldReaderKeepsTheFieldItDoesNotKnow) {
  const kv::Version old(kv::kOldEntry);
  const auto message = old.NewMessage();
  const std::string sent = Entry().SerializeAsString();
  ASSERT_TRUE(message->ParseFromString(sent));
  EXPECT_EQ(message->SerializeAsString(), sent);
}

TEST(Version, AnOldReaderChangesAKnownFieldAndKeepsTheUnknown) {
  const kv::Version old(kv::kOldEntry);
  const auto message = old.NewMessage();
  ASSERT_TRUE(message->ParseFromString(Entry().SerializeAsString()));
  message->GetReflection()->SetString(
      message.get(), message->GetDescriptor()->FindFieldByName("value"), "w");
  kv::v1::Entry back;
  ASSERT_TRUE(back.ParseFromString(message->SerializeAsString()));
  EXPECT_EQ(back.value(), "w");
  EXPECT_EQ(back.revision(), 5);
}

TEST(Version, ARenumberedFieldOfAnotherWireTypeIsLostWithoutAnError) {
  const kv::Version wrong(kv::kRenumberedEntry);
  const auto message = wrong.NewMessage();
  ASSERT_TRUE(message->ParseFromString(Entry().SerializeAsString()));
  const auto* type = message->GetDescriptor();
  EXPECT_EQ(message->GetReflection()->GetString(*message,
                                                type->FindFieldByName("value")),
            "");
  EXPECT_EQ(message->GetReflection()->GetInt64(
                *message, type->FindFieldByName("revision")),
            0);
}

TEST(Version, SwappedNumbersOfOneWireTypeSwapTheValuesWithoutAnError) {
  const kv::Version wrong(kv::kSwappedEntry);
  const auto message = wrong.NewMessage();
  ASSERT_TRUE(message->ParseFromString(Entry().SerializeAsString()));
  const auto* type = message->GetDescriptor();
  EXPECT_EQ(message->GetReflection()->GetString(*message,
                                                type->FindFieldByName("key")),
            "v");
  EXPECT_EQ(message->GetReflection()->GetString(*message,
                                                type->FindFieldByName("value")),
            "k");
}

}  // namespace versions_test
