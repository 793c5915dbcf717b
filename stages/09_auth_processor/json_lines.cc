#include "json_lines.h"

#include <google/protobuf/util/json_util.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace kv {

JsonLines::JsonLines(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      in_(path == "-" ? std::cin : file_) {
  if (path == "-") {
    std::ios::sync_with_stdio(false);  // without it cin does not tell More()
    std::cin.tie(
        nullptr);  // and does not flush cout, which is another thread's
    return;
  }
  std::error_code none;
  if (std::filesystem::is_regular_file(path, none)) file_.open(path);
  if (!file_.is_open()) error_ = absl::StrCat("cannot read ", path);
  size_ = static_cast<double>(std::filesystem::file_size(path, none));
}

bool JsonLines::Next(google::protobuf::Message& message) {
  std::string line;
  while (error_.empty() && WaitForInput() && std::getline(in_, line)) {
    ++line_;
    read_ += static_cast<double>(line.size() + 1);
    if (line.empty()) continue;
    message.Clear();
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(line, &message);
    if (parsed.ok()) return true;
    error_ = absl::StrCat(name_, ", line ", line_, ": not a ",
                          message.GetTypeName(), " in JSON");
  }
  return false;
}

// Someone may type slowly, and a blocked getline could not be stopped.
bool JsonLines::WaitForInput() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  constexpr int kAskEveryMs = 100;
  while (!stopped_ && &in_ == &std::cin && !More() &&
         poll(&input, 1, kAskEveryMs) == 0) {
  }
  return !stopped_;
}

}  // namespace kv
