#include "base/file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace kv {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code none;
  std::ifstream in;
  if (std::filesystem::is_regular_file(path, none)) in.open(path);
  std::ostringstream text;
  if (in.is_open()) text << in.rdbuf();
  if (!in.is_open() || in.bad()) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  return text.str();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  const std::vector<std::string> words =
      absl::StrSplit(*text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  const auto visible = [](unsigned char c) { return absl::ascii_isgraph(c); };
  if (words.empty() || words.size() > 2 ||
      !std::all_of(words.back().begin(), words.back().end(), visible)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not one token of visible ASCII characters"));
  }
  return words.back();
}

}  // namespace kv
