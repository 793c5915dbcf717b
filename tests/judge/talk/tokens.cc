#include "talk/tokens.h"

#include "absl/strings/str_cat.h"
#include "ask/flags.h"

namespace judge {

std::string Line(const std::string& user, const std::string& token,
                 const std::string& role) {
  const bool roles = Stage() >= 9;
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
