#include "tokens.h"

#include "absl/strings/str_cat.h"

namespace judge {

std::string UsersFile() {
  return absl::StrCat("# who calls\n", "alice ", kAlice, "\n", "\n", "bob ",
                      kBob, "\n", "alice ", kAlice2, "\n", "# carol ",
                      kFormerly, "\n");
}

Metadata Token(const std::string& token) { return {{"token", token}}; }

std::vector<std::string> Secrets() {
  return {kAlice, kAlice2, kBob, kCarol, kFormerly};
}

}  // namespace judge
