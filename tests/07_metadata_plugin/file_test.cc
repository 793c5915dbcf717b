#include "base/file.h"

#include "auth/token_plugin.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace kv::file_test {

// Files in a folder of the test's own.
class File : public testing::Test {
 protected:
  File() {
    std::string name = testing::TempDir() + "fileXXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~File() override { std::filesystem::remove_all(folder_); }

  std::string With(const std::string& text) const {
    std::string path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::filesystem::path folder_;
};

// A slow file would otherwise keep the thread that makes the call.
TEST_F(File, IsReadOnAnotherThread) {
  EXPECT_TRUE(TokenPlugin("file").IsBlocking());
}

TEST_F(File, IsReadWhole) {
  const std::string all("a\0b\r\n\xff\n", 7);
  EXPECT_EQ(*ReadFile(With(all)), all);
  EXPECT_EQ(*ReadFile(With("")), "");
}

TEST_F(File, ThatIsNotThereIsNamed) {
  const std::string path = folder_ / "nothing";
  EXPECT_EQ(ReadFile(path).status().message(), "cannot read " + path);
}

TEST_F(File, AFolderIsNone) {
  EXPECT_EQ(ReadFile(folder_).status().message(),
            "cannot read " + folder_.string());
  EXPECT_EQ(ReadToken(folder_).status().message(),
            "cannot read " + folder_.string());
}

TEST_F(File, HasTheTokenAlone) {
  for (const char* text : {"secret", "secret\n", "  secret \r\n\n"}) {
    EXPECT_EQ(*ReadToken(With(text)), "secret") << text;
  }
}

TEST_F(File, HasTheUserBeforeTheToken) {
  for (const char* text : {"alice secret", "alice\tsecret\n"}) {
    EXPECT_EQ(*ReadToken(With(text)), "secret") << text;
  }
}

// A token that is not valid metadata would make each call fail, or abort the
// program.
TEST_F(File, WithoutOneGoodTokenIsAnErrorThatKeepsTheSecret) {
  for (const char* text :
       {"", "\n", "alice secret more", "alice secret\nbob secret\n",
        "alice s\xc3\xa9"
        "cret",
        "se\x01"
        "cret",
        "secret\x7f"}) {
    const std::string path = With(text);
    const auto token = ReadToken(path);
    EXPECT_EQ(token.status().message(),
              path + ": not one token of visible ASCII characters")
        << text;
  }
}

}  // namespace kv::file_test
