#include "talk/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ask/flags.h"

namespace judge {
namespace {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Closed on exec, so that no other child holds it open.
absl::StatusOr<Pipe> MakePipe() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "pipe");
  }
  constexpr int kRoom = 1 << 20;  // for the output between two calls of Drain()
  fcntl(ends[1], F_SETPIPE_SZ, kRoom);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// Runs in the forked child, where locks of other threads may stay held forever.
// So it must not allocate memory. On failure it writes errno to `trouble`.
[[noreturn]] void BecomeProgram(char* const* words, pid_t parent,
                                const char* input, int out, int err,
                                int trouble) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent ended before the line above
  dup2(open(input, O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execvp(words[0], words);
  const int reason = errno;
  const auto written = write(trouble, &reason, sizeof reason);
  _exit(written > 0 ? 127 : 126);
}

// glibc 2.36's <sys/pidfd.h> can't be used from C++: its names lack extern "C".
int OpenHandle(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

// Returns false, after a wait until `until`.
bool InVain(absl::Time until, absl::Duration patience) {
  if (patience == Patience() && absl::Now() >= until) LosePatience();
  return false;
}

bool Append(int pipe, std::string& text) {
  std::array<char, 1 << 14> buffer;
  for (;;) {
    const auto count = read(pipe, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return count < 0 && errno == EAGAIN;  // whether the pipe is still open
    }
  }
}

}  // namespace

std::string Describe(const End& end) {
  if (!end.killed) return absl::StrCat("exit status ", end.number);
  const char* name = sigabbrev_np(end.number);
  return absl::StrCat("killed by SIG", name == nullptr ? "?" : name);
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

absl::StatusOr<std::unique_ptr<Process>> Process::Start(
    const std::vector<std::string>& words, const std::string& input) {
  auto out = MakePipe();
  auto err = MakePipe();
  auto trouble = MakePipe();
  for (const auto* pipe : {&out, &err, &trouble}) {
    if (!pipe->ok()) return pipe->status();
  }
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) {
    argv.push_back(const_cast<char*>(word.c_str()));  // exec does not write
  }
  argv.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    BecomeProgram(argv.data(), parent, input.c_str(), out->write.get(),
                  err->write.get(), trouble->write.get());
  }
  setpgid(pid, pid);  // the child does this too, because either may run first
  // Wait until exec closes this pipe, or until the reason for a failure
  // arrives.
  trouble->write = Descriptor();
  pollfd news{trouble->read.get(), POLLIN, 0};
  while (poll(&news, 1, -1) < 0 && errno == EINTR) {
  }
  int reason = 0;
  if (read(trouble->read.get(), &reason, sizeof reason) > 0) {
    waitpid(pid, nullptr, 0);
    return absl::NotFoundError(strerror(reason));
  }
  return std::unique_ptr<Process>(new Process(pid, Descriptor(OpenHandle(pid)),
                                              std::move(out->read),
                                              std::move(err->read)));
}

Process::Process(pid_t pid, Descriptor handle, Descriptor out, Descriptor err)
    : pid_(pid),
      handle_(std::move(handle)),
      out_pipe_(std::move(out)),
      err_pipe_(std::move(err)) {}

Process::~Process() {
  if (!end_.has_value() && !signalled_) {
    Signal(SIGTERM);
    WaitForEnd(std::min(absl::Seconds(1), Patience()));
  }
  kill(-pid_, SIGKILL);  // ends the rest of the process group, if any
  waitpid(pid_, nullptr, 0);
}

std::optional<std::string> Process::FirstLine(absl::Duration patience) {
  if (!WaitForOutput("\n", patience)) return std::nullopt;
  return out_.substr(0, out_.find('\n'));
}

bool Process::WaitForOutput(const std::string& text, absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  do {
    Drain();
    if (out_.find(text) != std::string::npos) return true;
  } while (out_open_ && !end_.has_value() && WaitForNews(until, true));
  return InVain(until, patience);
}

bool Process::WaitForError(const std::string& text, std::size_t from,
                           absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  do {
    Drain();
    if (err_.find(text, from) != std::string::npos) return true;
  } while (!end_.has_value() && WaitForNews(until, false));
  return InVain(until, patience);
}

std::optional<End> Process::WaitForEnd(absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  do {
    Drain();
  } while (!end_.has_value() && WaitForNews(until, false));
  if (!end_.has_value()) InVain(until, patience);
  return end_;
}

void Process::Signal(int number) {
  // After a SIGHUP the destructor still has to send SIGTERM.
  signalled_ = signalled_ || number != SIGHUP;
  kill(number == SIGINT ? -pid_ : pid_, number);
}

// Checks for the end first, so that everything written before it is read below.
// WNOWAIT keeps the process ID reserved until the destructor, so that a signal
// can't reach another process.
void Process::Drain() {
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  if (info.si_pid == pid_) {
    end_ = End{info.si_code != CLD_EXITED, info.si_status};
  }
  out_open_ = out_open_ && Append(out_pipe_.get(), out_);
  err_open_ = err_open_ && Append(err_pipe_.get(), err_);
}

// Waits until the program ends or writes. Returns false when the time is over.
bool Process::WaitForNews(absl::Time until, bool for_output) {
  std::array<pollfd, 3> news{
      pollfd{handle_.get(), POLLIN, 0},
      pollfd{out_open_ ? out_pipe_.get() : -1, POLLIN, 0},
      pollfd{err_open_ ? err_pipe_.get() : -1, POLLIN, 0}};
  if (for_output && !out_open_) return false;
  const auto left = absl::ToInt64Milliseconds(until - absl::Now());
  if (left <= 0) return false;
  return poll(news.data(), news.size(), static_cast<int>(left) + 1) != 0;
}

}  // namespace judge
