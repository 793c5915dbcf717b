#include "ask/asking.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace judge {

Exit Fail(const std::string& why) {
  std::cerr << "judge: " << why << "\n";
  return kCannotAsk;
}

std::string Verdict(bool right) {
  static const bool kColour =
      isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::string word = right ? "ok  " : "FAIL";
  if (!kColour) return word;
  return absl::StrCat(right ? "\033[32m" : "\033[31m", word, "\033[0m");
}

std::optional<Slice> ParseSlice(const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, '/');
  Slice slice{};
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &slice.one) ||
      !absl::SimpleAtoi(words[1], &slice.many) || slice.one < 1 ||
      slice.one > slice.many) {
    return std::nullopt;
  }
  return slice;
}

}  // namespace judge
