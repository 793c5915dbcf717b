#include "client/resume.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"

namespace kv {

absl::StatusOr<std::optional<Position>> ReadPosition(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const auto content = ReadFile(path);
  if (!content.ok()) return content.status();
  const std::vector<std::string> words =
      absl::StrSplit(absl::StripSuffix(*content, "\n"), ' ');
  // gRPC aborts the process if a value that is added as metadata has others.
  const auto visible = [](const std::string& word) {
    return std::all_of(word.begin(), word.end(), absl::ascii_isgraph);
  };
  Position position;
  if (words.size() != 2 || words[0].empty() || !visible(words[0]) ||
      !absl::SimpleAtoi(words[1], &position.revision) ||
      position.revision < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " does not hold STORE REVISION"));
  }
  position.store = words[0];
  return position;
}

absl::Status WritePosition(const std::string& path, const Position& position) {
  const std::string next = absl::StrCat(path, ".next");
  std::ofstream file(next);
  file << position.store << " " << position.revision << "\n";
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(next, path, error);
  if (file && !error) return absl::OkStatus();
  if (!error) error.assign(errno, std::generic_category());
  return absl::UnavailableError(
      absl::StrCat("can't write ", path, ": ", error.message()));
}

}  // namespace kv
