// How the client prints text that a server chooses.
#include "client/text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace text_test {

TEST(Text, ACodeThatGrpcDoesNotKnowIsUnknown) {
  for (const std::int32_t code : {17, 4711, -1, INT32_MIN, INT32_MAX}) {
    kv::v1::PipelineResponse answer;
    answer.set_code(code);
    answer.set_message("strange");
    EXPECT_EQ(kv::Text(answer), "UNKNOWN: strange") << code;
  }
}

}  // namespace text_test
