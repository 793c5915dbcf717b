// What SplitFields() returns for valid, broken and random bytes.
#include "wire.h"

#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <random>

#include "kv/v1/kv.pb.h"

namespace wire_test {

using kv::WireType;

std::string Bytes(const std::string& hex) { return *kv::Unhex(hex); }

std::string Complaint(const std::string& hex) {
  return std::string(kv::SplitFields(Bytes(hex)).status().message());
}

TEST(SplitFields, TellsTagLengthAndValueOfEachField) {
  const auto fields = kv::SplitFields(Bytes("0a 02 68 69 18 ac 02"));
  ASSERT_TRUE(fields.ok()) << fields.status();
  ASSERT_EQ(fields->size(), 2U);
  EXPECT_EQ((*fields)[0].number, 1);
  EXPECT_EQ((*fields)[0].type, WireType::kLen);
  EXPECT_EQ((*fields)[0].tag, "\x0a");
  EXPECT_EQ((*fields)[0].length, "\x02");
  EXPECT_EQ((*fields)[0].value, "hi");
  EXPECT_EQ((*fields)[1].number, 3);
  EXPECT_EQ((*fields)[1].varint, 300U);
  EXPECT_EQ((*fields)[1].value, Bytes("ac 02"));
}

TEST(SplitFields, ReadsFixedWidthFields) {
  const auto fields = kv::SplitFields(Bytes("09 0102030405060708 15 01020304"));
  ASSERT_TRUE(fields.ok()) << fields.status();
  EXPECT_EQ((*fields)[0].type, WireType::kI64);
  EXPECT_EQ((*fields)[0].value.size(), 8U);
  EXPECT_EQ((*fields)[1].type, WireType::kI32);
  EXPECT_EQ((*fields)[1].value.size(), 4U);
}

TEST(SplitFields, NothingIsAMessageToo) {
  EXPECT_TRUE(kv::SplitFields("")->empty());
}

TEST(SplitFields, SaysWhereAndWhyItIsBroken) {
  EXPECT_EQ(Complaint("80"), "byte 0: the tag is cut off");
  EXPECT_EQ(Complaint("00"), "byte 0: 0 is not a field number");
  EXPECT_EQ(Complaint("0b"), "byte 0: wire type 3 is not used in proto3");
  EXPECT_EQ(Complaint("18"), "byte 1: the number is cut off or over 10 bytes");
  EXPECT_EQ(Complaint("18 ffffffffffffffffffff01"),
            "byte 1: the number is cut off or over 10 bytes");
  EXPECT_EQ(Complaint("0a"), "byte 1: the length is cut off");
  EXPECT_EQ(Complaint("1801 0a05 6869"),
            "byte 3: the value is 5 bytes long, but 2 are left");
  EXPECT_EQ(
      Complaint("0a ffffffffffffffffff01 61"),
      "byte 1: the value is 18446744073709551615 bytes long, but 1 are left");
  EXPECT_EQ(Complaint("09 01"),
            "byte 1: the value is 8 bytes long, but 1 are left");
}

// protobuf's own parser is the measure. It is laxer in two ways: it takes
// groups (wire types 3 and 4), which proto3 does not have, and of a tag over 32
// bits it looks at the lowest 32 alone.
TEST(SplitFields, AgreesWithProtobufOnRandomBytes) {
  std::mt19937 random(1);  // NOLINT: the same bytes in each run
  int good = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string bytes(random() % 9, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const auto fields = kv::SplitFields(bytes);
    google::protobuf::UnknownFieldSet unknown;
    const bool parsed = unknown.ParseFromString(bytes);
    if (fields.ok()) {
      ++good;
      EXPECT_TRUE(parsed) << kv::Hex(bytes);
      EXPECT_EQ(static_cast<int>(fields->size()), unknown.field_count())
          << kv::Hex(bytes);
    } else if (parsed) {
      const std::string why(fields.status().message());
      EXPECT_TRUE(why.find("wire type 3") != std::string::npos ||
                  why.find("not a field number") != std::string::npos)
          << kv::Hex(bytes) << ": " << why;
    }
  }
  EXPECT_GT(good, 1000);
}

TEST(Annotate, NamesFieldsByTheContract) {
  const std::string text = kv::Annotate(
      *kv::SplitFields(Bytes("0a01 61 38 05")), *kv::v1::Entry::descriptor());
  EXPECT_NE(text.find("field 1 (key), wire type 2 (LEN)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("field 7 (unknown), wire type 0 (VARINT)"),
            std::string::npos);
}

TEST(Unhex, ReadsWhatHexWrites) {
  const std::string bytes("\x00\x7f\xff\n", 4);
  EXPECT_EQ(kv::Hex(bytes), "00 7f ff 0a");
  EXPECT_EQ(*kv::Unhex(kv::Hex(bytes)), bytes);
  EXPECT_FALSE(kv::Unhex("0").ok());
  EXPECT_FALSE(kv::Unhex("0g").ok());
}

// Why the lessons do not use it: newer versions print something else, see
// docs/newer.toml.
TEST(ShortDebugString, IsTheTextFormat) {
  kv::v1::Entry entry;
  entry.set_key("a");
  EXPECT_EQ(entry.ShortDebugString(), "key: \"a\"");
}

}  // namespace wire_test
