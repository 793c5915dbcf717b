#include "client/json_lines.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace kv {
namespace {

constexpr std::size_t kReadSize = 64 << 10;
// gRPC limits a message to 4 MiB; base64 and field names make JSON longer.
constexpr std::size_t kMaxLine = 8 << 20;

std::string Unreadable(const std::string& name, int error) {
  return absl::StrCat("cannot read ", name, ": ",
                      std::generic_category().message(error));
}

// If a shell closed standard input (`<&-`), a file that gRPC opened has its
// number. gRPC opens files as close-on-exec; an inherited file is not.
bool Inherited(int file) { return fcntl(file, F_GETFD) == 0; }

// Whether a terminal has hung up. read() then returns 0, as after Ctrl-D.
bool HungUp(int file) {
  pollfd input = {file, POLLIN, 0};
  return poll(&input, 1, 0) == 1 && (input.revents & POLLERR) != 0;
}

}  // namespace

// O_NONBLOCK, so that open() does not wait for a FIFO's writer. Read() does.
JsonLines::JsonLines(const std::string& path, const std::atomic<bool>& stopped)
    : name_(path == "-" ? "standard input" : path),
      file_(path == "-"
                ? STDIN_FILENO
                : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
      stopped_(stopped) {
  if (file_ < 0) error_ = Unreadable(name_, errno);
  if (path == "-" && !Inherited(file_)) error_ = Unreadable(name_, EBADF);
}

JsonLines::~JsonLines() {
  if (file_ > STDIN_FILENO) close(file_);
}

bool JsonLines::Next(google::protobuf::Message& message, Deadline deadline) {
  std::string line;
  while (error_.empty() && !stopped_ && NextLine(line, deadline)) {
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    message.Clear();
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(line, &message);
    if (parsed.ok()) return true;
    error_ = absl::StrCat(name_, ", line ", line_, ": not a ",
                          message.GetTypeName(), " in JSON");
  }
  return false;
}

bool JsonLines::NextLine(std::string& line, Deadline deadline) {
  std::size_t end = buffer_.find('\n', position_);
  while (end == std::string::npos && !end_of_file_) {
    if (!Read(deadline)) return false;
    end = buffer_.find('\n', position_);
  }
  complete_ = position_ == buffer_.size();
  if (complete_) return false;
  line = buffer_.substr(position_, end - position_);
  position_ = end == std::string::npos ? buffer_.size() : end + 1;
  ++line_;
  return true;
}

// [read]
// Waits for input with poll(), because nothing can interrupt a blocked read().
// Then reads once. Returns false if stopped, at the deadline, or on an error.
bool JsonLines::Read(Deadline deadline) {
  constexpr int kAskEveryMs = 100;
  pollfd input = {file_, POLLIN, 0};
  do {
    if (stopped_ || std::chrono::system_clock::now() >= deadline) return false;
  } while (poll(&input, 1, kAskEveryMs) != 1);
  std::array<char, kReadSize> bytes;
  const ssize_t got = read(file_, bytes.data(), bytes.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) error_ = Unreadable(name_, errno);
  buffer_.erase(0, position_);
  position_ = 0;
  if (got > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  end_of_file_ = got == 0;
  if (end_of_file_ && HungUp(file_)) error_ = Unreadable(name_, EIO);
  if (buffer_.size() > kMaxLine) {
    error_ = absl::StrCat(name_, ", line ", line_ + 1, ": longer than 8 MiB");
  }
  return error_.empty();
}
// [read]

}  // namespace kv
