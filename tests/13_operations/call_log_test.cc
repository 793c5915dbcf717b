// Lines of the log of calls, limits for each user, and reasons.
#include "server/call_log.h"

#include <gtest/gtest.h>

#include <string>

#include "server/reason.h"
#include "service/budget.h"
#include "service/error_details.h"

namespace operations_test {

TEST(JsonString, EscapesAllThatCouldEndALineOrAString) {
  EXPECT_EQ(kv::JsonString("a b"), R"("a b")");
  EXPECT_EQ(kv::JsonString(R"(",\)"), R"("\",\\")");
  EXPECT_EQ(kv::JsonString(std::string("\n\0\x1b\x7f\xff", 5)),
            R"("\u000a\u0000\u001b\u007f\u00ff")");
}

// Redirects stderr, which a Log opens when it is created.
class StderrOf final {
 public:
  StderrOf() { testing::internal::CaptureStderr(); }
  static std::string Get() { return testing::internal::GetCapturedStderr(); }
};

TEST(CallLog, CutsWhatAClientChose) {
  const StderrOf err;
  {
    kv::Log log;
    kv::CallLog calls(log, /*sample=*/1);
    kv::EndedCall call;
    const std::string path(8000, '\n');
    call.method = path;
    call.code = grpc::StatusCode::UNAUTHENTICATED;
    calls.Write(call);
  }
  const std::string line = StderrOf::Get();
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LT(line.size(), 1000U);
  EXPECT_EQ(line[line.size() - 2], '}');
}

TEST(CallLog, SamplesOnlyCallsThatEndedWithOk) {
  const StderrOf err;
  {
    kv::Log log;
    kv::CallLog calls(log, /*sample=*/10);
    kv::EndedCall call;
    for (int i = 0; i < 100; ++i) {
      for (const auto code :
           {grpc::StatusCode::OK, grpc::StatusCode::NOT_FOUND}) {
        call.code = code;
        if (calls.Wants(code)) calls.Write(call);
      }
    }
  }
  const std::string text = StderrOf::Get();
  const auto count = [&text](const std::string& word) {
    int found = 0;
    for (auto at = text.find(word); at != std::string::npos;
         at = text.find(word, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count("\"OK\""), 10);
  EXPECT_EQ(count("\"NOT_FOUND\""), 100);
}

TEST(Budget, OneUserCanNotTakeThePlacesOfAnother) {
  kv::Budget places(/*most=*/3, /*most_each=*/2);
  auto first = std::make_unique<kv::Budget::Share>(places);
  kv::Budget::Share second(places);
  kv::Budget::Share third(places);
  kv::Budget::Share other(places);
  EXPECT_TRUE(first->CountFor("alice"));
  EXPECT_TRUE(second.CountFor("alice"));
  EXPECT_FALSE(third.CountFor("alice"));
  EXPECT_TRUE(other.CountFor("bob"));
  first.reset();
  EXPECT_TRUE(third.CountFor("alice"));
}

TEST(RejectionReason, IsOneOfAFewConstants) {
  using Code = grpc::StatusCode;
  const auto reason = [](Code code, const std::string& detail) {
    return kv::RejectionReason(
        kv::WithDetails(code, "m", {kv::ErrorInfo(detail, {})}));
  };
  EXPECT_EQ(reason(Code::RESOURCE_EXHAUSTED, "TOO_MANY_CALLS_OF_USER"),
            "TOO_MANY_CALLS_OF_USER");
  EXPECT_EQ(reason(Code::UNAVAILABLE, "DISK_FAILED"), "DISK_FAILED");
  EXPECT_EQ(reason(Code::UNAVAILABLE, "made up by an upstream"), "OTHER");
  EXPECT_EQ(kv::RejectionReason({Code::RESOURCE_EXHAUSTED, "no detail"}),
            "OTHER");
  EXPECT_EQ(kv::RejectionReason({Code::UNAUTHENTICATED, ""}),
            "UNAUTHENTICATED");
  EXPECT_EQ(reason(Code::NOT_FOUND, "KEY_NOT_FOUND"), "");
}

}  // namespace operations_test
