// The token file, which lists the users that may call.
#include "auth/tokens.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace tokens_test {

// A token file that is removed after the test.
class Tokens : public testing::Test {
 protected:
  ~Tokens() override { std::remove(path_.c_str()); }

  absl::Status Read(const std::string& text) {
    std::ofstream(path_) << text;
    return tokens_.Read(path_);
  }

  // The message of an error, without the path that it begins with.
  std::string Complaint(const std::string& text) {
    const std::string message(Read(text).message());
    EXPECT_EQ(message.rfind(path_ + ", ", 0), 0U) << message;
    return message.substr(std::min(message.size(), path_.size() + 2));
  }

  const std::string path_ =
      testing::TempDir() + "tokens" + std::to_string(getpid()) +
      testing::UnitTest::GetInstance()->current_test_info()->name();
  kv::Tokens tokens_;
};

TEST_F(Tokens, HasNobodyBeforeItHasRead) {
  EXPECT_EQ(tokens_.UserOf("a"), std::nullopt);
  EXPECT_EQ(tokens_.UserOf(""), std::nullopt);
}

TEST_F(Tokens, ReadsUsersBlankLinesAndComments) {
  EXPECT_TRUE(Read("# who may call\n\nalice a1\r\n\t bob \t b1 \n  # c1\n"
                   "carol c2\n")
                  .ok());
  EXPECT_EQ(tokens_.size(), 3U);
  EXPECT_EQ(tokens_.UserOf("a1"), "alice");
  EXPECT_EQ(tokens_.UserOf("b1"), "bob");
  EXPECT_EQ(tokens_.UserOf("c2"), "carol");
  EXPECT_EQ(tokens_.UserOf("c1"), std::nullopt);
}

TEST_F(Tokens, AUserMayHaveSeveral) {
  EXPECT_TRUE(Read("alice old\nbob b1\nalice new\n").ok());
  EXPECT_EQ(tokens_.UserOf("old"), "alice");
  EXPECT_EQ(tokens_.UserOf("new"), "alice");
}

TEST_F(Tokens, NothingIsRightButTheWholeToken) {
  EXPECT_TRUE(Read("alice Secret\n").ok());
  for (const std::string& wrong :
       {std::string(), std::string("Secre"), std::string("Secrets"),
        std::string("secret"), std::string("alice"),
        std::string("alice Secret"), std::string("Secret\0", 7),
        std::string("Secret\n"), std::string(1 << 20, 'S')}) {
    EXPECT_EQ(tokens_.UserOf(wrong), std::nullopt) << wrong.substr(0, 20);
  }
}

TEST_F(Tokens, AnErrorNamesTheLineAndNothingThatIsInIt) {
  const std::string user_and_token = "line 3: expected USER TOKEN";
  EXPECT_EQ(Complaint("alice a1\n\nbob\n"), user_and_token);
  EXPECT_EQ(Complaint("alice a1\n\nbob b1 b2\n"), user_and_token);
  EXPECT_EQ(Complaint("alice a1\nbob b1\nalice b1 # old\n"), user_and_token);
  EXPECT_EQ(Complaint("alice a1\nbob a1\n"),
            "line 2: the token is on an earlier line already");
}

TEST_F(Tokens, AFileThatIsCutShortIsNotTaken) {
  const std::string whole = "alice a1\n# and\nbob b1\n";
  EXPECT_TRUE(Read(whole).ok());
  EXPECT_EQ(Complaint("alice a1\n# and\nbob b1"),
            "line 3: no newline at the end: the file may be cut short");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // At the end of a line nothing shows that there was another one.
    const bool line_by_line = size > 0 && whole[size - 1] == '\n';
    EXPECT_EQ(Read(whole.substr(0, size)).ok(), line_by_line) << size;
  }
  EXPECT_EQ(tokens_.UserOf("a1"), "alice");
}

TEST_F(Tokens, AFileThatCannotBeReadIsNamed) {
  EXPECT_EQ(tokens_.Read(path_).message(), "cannot read " + path_);
  const std::string folder = testing::TempDir();
  EXPECT_EQ(tokens_.Read(folder).message(), "cannot read " + folder);
}

TEST_F(Tokens, ReadsAnewInPlaceOfWhatWasThere) {
  EXPECT_TRUE(Read("alice a1\nbob b1\n").ok());
  EXPECT_TRUE(Read("bob b2\n").ok());
  EXPECT_EQ(tokens_.UserOf("a1"), std::nullopt);
  EXPECT_EQ(tokens_.UserOf("b1"), std::nullopt);
  EXPECT_EQ(tokens_.UserOf("b2"), "bob");
}

TEST_F(Tokens, AfterAnErrorAllIsAsBefore) {
  EXPECT_TRUE(Read("alice a1\n").ok());
  EXPECT_FALSE(Read("bob b1\nalice\n").ok());
  EXPECT_EQ(tokens_.UserOf("a1"), "alice");
  EXPECT_EQ(tokens_.UserOf("b1"), std::nullopt);
  std::filesystem::remove(path_);
  EXPECT_FALSE(tokens_.Read(path_).ok());
  EXPECT_EQ(tokens_.UserOf("a1"), "alice");
}

TEST_F(Tokens, MayBeReadAgainWhileOthersAsk) {
  EXPECT_TRUE(Read("alice a1\n").ok());
  std::atomic<bool> reading = true;
  std::thread asking([&] {
    while (reading) EXPECT_EQ(tokens_.UserOf("a1"), "alice");
  });
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(tokens_.Read(path_).ok());
  reading = false;
  asking.join();
}

TEST_F(Tokens, AFileWithoutATokenDoesNotLockEverybodyOut) {
  EXPECT_TRUE(Read("alice a1\n").ok());
  for (const char* const nobody : {"", "\n", "# nobody\n"}) {
    EXPECT_EQ(Read(nobody).message(), path_ + ": has no tokens");
    EXPECT_EQ(tokens_.UserOf("a1"), "alice");
  }
}

// Processor time, which other load on the machine does not change.
TEST_F(Tokens, EightTimesAsManyTakeAboutEightTimesAsLong) {
  const auto seconds = [this](int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i)
      text += "alice a" + std::to_string(i) + "\n";
    const std::clock_t begun = std::clock();
    EXPECT_TRUE(Read(text).ok());
    return static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  };
  const double few = std::min({seconds(5000), seconds(5000), seconds(5000)});
  EXPECT_LT(seconds(40'000) / few, 30);  // 64 when each is compared with all
}

}  // namespace tokens_test
