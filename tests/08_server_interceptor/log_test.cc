// What becomes of lines that are still in the queue when the log ends.
#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace log_test {

TEST(Log, WritesItsLastLines) {
  testing::internal::CaptureStderr();
  {
    kv::Log log;
    for (int i = 0; i < 500; ++i) log.Write("a line");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 500);
}

}  // namespace log_test
