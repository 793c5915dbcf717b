#include "tokens.h"

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

ABSL_DECLARE_FLAG(std::string, stage);

namespace judge {

std::string Line(const std::string& user, const std::string& token,
                 const std::string& role) {
  int stage = 0;
  const bool roles =
      absl::SimpleAtoi(absl::GetFlag(FLAGS_stage), &stage) && stage >= 9;
  return absl::StrCat(user, " ", token, roles ? " " : "", roles ? role : "",
                      "\n");
}

std::string UsersFile() {
  return absl::StrCat("# who calls\n", Line("alice", kAlice), "\n",
                      Line("bob", kBob), Line("alice", kAlice2), "# carol ",
                      kFormerly, "\n");
}

Metadata Token(const std::string& token) { return {{"token", token}}; }

std::vector<std::string> Secrets() {
  return {kAlice, kAlice2, kBob, kCarol, kFormerly};
}

}  // namespace judge
