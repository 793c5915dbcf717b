// How messages are read from lines of JSON.
#include "client/json_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "kv/v1/kv.pb.h"

namespace json_lines_test {

using kv::v1::ImportRequest;
using std::chrono::system_clock;

const std::atomic<bool> kOpen = false;  // nobody stops it

// A deadline that bounds a failure.
system_clock::time_point Later() {
  return system_clock::now() + std::chrono::seconds(30);
}

// A file that is removed after the test.
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

// Types into a pipe that can be opened at Path().
class Typist final {
 public:
  Typist() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Typist() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Typist(const Typist&) = delete;
  Typist& operator=(const Typist&) = delete;
  std::string Path() const { return "/dev/fd/" + std::to_string(ends_[0]); }
  void Type(const std::string& text) {
    const ssize_t size = write(ends_[1], text.data(), text.size());
    ASSERT_EQ(size, static_cast<ssize_t>(text.size()));
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

TEST(JsonLines, ReadsAMessageALineAndNothingOfTheOneBefore) {
  const File file("{\"key\": \"a\", \"value\": \"AP8=\"}\n\n{\"key\": \"b\"}");
  kv::JsonLines lines(file.path(), kOpen);
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request, Later()));
  EXPECT_EQ(request.key(), "a");
  EXPECT_EQ(request.value(), std::string("\0\xff", 2));
  ASSERT_TRUE(lines.Next(request, Later()));
  EXPECT_EQ(request.key(), "b");
  EXPECT_EQ(request.value(), "");
  EXPECT_FALSE(lines.complete());
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_TRUE(lines.complete());
  EXPECT_EQ(lines.error(), "");
}

TEST(JsonLines, LinesMayEndAsOnWindowsAndBlankOnesDoNotCount) {
  const File file(
      "\r\n{\"key\": \"a\"}\r\n \t\r\n\r\n{\"key\": \"b\"}\r\n\r\nno");
  kv::JsonLines lines(file.path(), kOpen);
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request, Later())) << lines.error();
  ASSERT_TRUE(lines.Next(request, Later())) << lines.error();
  EXPECT_EQ(request.key(), "b");
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_EQ(lines.error(),
            file.path() + ", line 7: not a kv.v1.ImportRequest in JSON");
}

TEST(JsonLines, NamesTheLineThatIsNoMessageAndReadsNoFurther) {
  const File file("{\"key\": \"a\"}\n\n{\"key\": 1, }\n{\"key\": \"b\"}\n");
  kv::JsonLines lines(file.path(), kOpen);
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request, Later()));
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_EQ(lines.error(),
            file.path() + ", line 3: not a kv.v1.ImportRequest in JSON");
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_FALSE(lines.complete());
}

TEST(JsonLines, StopEndsIt) {
  const File file("{\"key\": \"a\"}\n{\"key\": \"b\"}\n");
  std::atomic<bool> stopped = false;
  kv::JsonLines lines(file.path(), stopped);
  ImportRequest request;
  ASSERT_TRUE(lines.Next(request, Later()));
  stopped = true;
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_EQ(lines.error(), "");
}

// Silence and a part of a line: neither is the end.
TEST(JsonLines, WaitsNoLongerThanUntilTheDeadline) {
  for (const std::string typed : {"", "{\"key\": "}) {
    Typist typist;
    kv::JsonLines lines(typist.Path(), kOpen);
    typist.Type(typed);
    ImportRequest request;
    EXPECT_FALSE(lines.Next(request, system_clock::now()));
    EXPECT_FALSE(lines.complete());
    EXPECT_EQ(lines.error(), "");
  }
}

TEST(JsonLines, StopEndsAWaitInTheMiddleOfALine) {
  Typist typist;
  std::atomic<bool> stopped = false;
  kv::JsonLines lines(typist.Path(), stopped);
  typist.Type("{\"key\": ");
  std::thread stopping([&] { stopped = true; });
  ImportRequest request;
  const auto deadline = Later();
  EXPECT_FALSE(lines.Next(request, deadline));
  EXPECT_LT(system_clock::now(), deadline);
  stopping.join();
  EXPECT_FALSE(lines.complete());
}

TEST(JsonLines, ALineWithoutEndIsAnError) {
  kv::JsonLines lines("/dev/zero", kOpen);
  ImportRequest request;
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_EQ(lines.error(), "/dev/zero, line 1: longer than 8 MiB");
}

TEST(JsonLines, AFileThatCannotBeOpened) {
  const kv::JsonLines lines("/no/such/file", kOpen);
  EXPECT_EQ(lines.error(),
            "cannot read /no/such/file: No such file or directory");
}

// It can be opened, but not read.
TEST(JsonLines, AFolderIsNoEmptyFile) {
  kv::JsonLines lines("/", kOpen);
  ImportRequest request;
  EXPECT_FALSE(lines.Next(request, Later()));
  EXPECT_EQ(lines.error(), "cannot read /: Is a directory");
  EXPECT_FALSE(lines.complete());
}

}  // namespace json_lines_test
