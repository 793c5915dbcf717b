#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>

#include "absl/strings/str_cat.h"

namespace kv {
namespace {

// Opens a pipe or a terminal a second time, to set O_NONBLOCK only for us. Set
// on fd 2, it would affect every process that shares it, such as your shell.
int OpenStderr() {
  struct stat file {};
  if (fstat(STDERR_FILENO, &file) != 0) return -1;  // closed
  if (S_ISFIFO(file.st_mode) || S_ISCHR(file.st_mode)) {
    const int own =
        open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) return own;
  }
  return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
}

// Writing is a system call, and so is waking the thread. So the thread gathers
// lines for this long, and writes them together, up to what is atomic.
constexpr std::chrono::milliseconds kGather(2);

}  // namespace

void WriteIfReady(absl::string_view line) {
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (poll(&ready, 1, /*timeout=*/0) != 1) return;
  const std::string text = absl::StrCat(line.substr(0, PIPE_BUF - 1), "\n");
  [[maybe_unused]] const auto written =
      write(STDERR_FILENO, text.data(), text.size());
}

Log::Log() : fd_(OpenStderr()), writing_([this] { Run(); }) {}

Log::~Log() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  writing_.join();
  if (fd_ >= 0) close(fd_);
}

void Log::Write(absl::string_view line) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() == kMostLines) {
    ++dropped_;
    ++all_dropped_;
    return;
  }
  lines_.push_back(absl::StrCat(line.substr(0, PIPE_BUF - 1), "\n"));
  if (lines_.size() == 1) changed_.notify_one();
}

std::int64_t Log::dropped() const {
  const std::lock_guard lock(mutex_);
  return all_dropped_;
}

void Log::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !lines_.empty(); });
    if (lines_.empty()) return;
    std::deque<std::string> lines;
    lines.swap(lines_);
    if (dropped_ > 0) {
      lines.push_back(absl::StrCat("server: ", dropped_,
                                   " lines dropped: nobody read them\n"));
      dropped_ = 0;
    }
    lock.unlock();
    std::string together;
    for (const std::string& line : lines) {
      if (together.size() + line.size() > PIPE_BUF) {
        if (!WriteOut(together)) break;
        together.clear();
      }
      together += line;
    }
    WriteOut(together);
    lock.lock();
    changed_.wait_for(lock, kGather, [this] { return stopping_; });
  }
}

// Returns false if the log stops, or if nobody can read stderr any more.
bool Log::WriteOut(absl::string_view text) {
  constexpr std::chrono::milliseconds kTryEvery(100);
  while (!text.empty()) {
    pollfd ready{fd_, POLLOUT, 0};
    if (poll(&ready, 1, /*timeout=*/0) == 1) {
      const auto written = write(fd_, text.data(), text.size());
      if (written < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (written > 0) text.remove_prefix(written);
      if (written > 0) continue;
    }
    std::unique_lock lock(mutex_);
    const auto stopping = [this] { return stopping_; };
    if (changed_.wait_for(lock, kTryEvery, stopping)) return false;
  }
  return true;
}

}  // namespace kv
