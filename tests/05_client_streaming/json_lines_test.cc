// How messages are read from lines of JSON.
#include "json_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "kv/v1/kv.pb.h"

namespace {

using kv::v1::ImportRequest;

// A file that is gone after the test.
class File final {
 public:
  explicit File(const std::string& text)
      : path_(testing::TempDir() + "lines" + std::to_string(getpid()) +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::ofstream(path_) << text;
  }
  ~File() { EXPECT_EQ(std::remove(path_.c_str()), 0); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(JsonLines, ReadsAMessageALineAndNothingOfTheOneBefore) {
  const File file("{\"key\": \"a\", \"value\": \"AP8=\"}\n\n{\"key\": \"b\"}");
  kv::JsonLines lines(file.path());
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request));
  EXPECT_EQ(request.key(), "a");
  EXPECT_EQ(request.value(), std::string("\0\xff", 2));
  EXPECT_GT(lines.fraction(), 0.4);
  ASSERT_TRUE(lines.Next(request));
  EXPECT_EQ(request.key(), "b");
  EXPECT_EQ(request.value(), "");
  EXPECT_FALSE(lines.Next(request));
  EXPECT_EQ(lines.error(), "");
}

TEST(JsonLines, NamesTheLineThatIsNoMessageAndReadsNoFurther) {
  const File file("{\"key\": \"a\"}\n\n{\"key\": 1, }\n{\"key\": \"b\"}\n");
  kv::JsonLines lines(file.path());
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request));
  EXPECT_FALSE(lines.Next(request));
  EXPECT_EQ(lines.error(),
            file.path() + ", line 3: not a kv.v1.ImportRequest in JSON");
  EXPECT_FALSE(lines.Next(request));
}

TEST(JsonLines, StopEndsIt) {
  const File file("{\"key\": \"a\"}\n{\"key\": \"b\"}\n");
  kv::JsonLines lines(file.path());
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request));
  lines.Stop();
  EXPECT_FALSE(lines.Next(request));
  EXPECT_EQ(lines.error(), "");
}

TEST(JsonLines, AFolderIsNoFile) {
  const kv::JsonLines lines(testing::TempDir());
  EXPECT_EQ(lines.error(), "cannot read " + testing::TempDir());
}

}  // namespace
