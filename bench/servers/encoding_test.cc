#include "encoding.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "service/convert.h"

namespace {

// Tests values around the lengths at which a length prefix takes one more byte.
TEST(EncodingTest, MakesTheBytesThatProtobufMakes) {
  for (const std::size_t length :
       {0, 1, 120, 121, 127, 128, 16'370, 16'383, 16'384, 1 << 20}) {
    for (const std::int64_t revision :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{127},
          std::int64_t{128}, std::numeric_limits<std::int64_t>::max(),
          std::int64_t{-1}}) {
      const kv::Entry entry{"city", std::string(length, '\0'), revision};
      kv::v1::GetResponse response;
      *response.mutable_entry() = kv::ToMessage(entry);
      const grpc::Slice slice = bench::EncodeGetResponse(entry);
      EXPECT_EQ(std::string(slice.begin(), slice.end()),
                response.SerializeAsString())
          << length << " bytes, revision " << revision;
    }
  }
}

}  // namespace
