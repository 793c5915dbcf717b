// Starts programs and makes sure that they end.
//
//   auto server = judge::Process::Start({"./server", "--listen=127.0.0.1:0"});
//   if (!server.ok()) ...                       // it can't be started
//   std::optional<std::string> line = (*server)->FirstLine(patience);
//   (*server)->Signal(SIGTERM);
//   std::optional<judge::End> end = (*server)->WaitForEnd(patience);
//
// A program gets its own process group, and is killed when the judge ends in
// any way. Use this only from the main thread, because the kernel kills the
// children of a *thread* (PR_SET_PDEATHSIG).
#ifndef JUDGE_TALK_PROCESS_H_
#define JUDGE_TALK_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace judge {

/// How a program ended.
struct End {
  bool killed = false;  ///< Whether a signal ended it.
  int number = 0;       ///< That signal, or its exit status.
};

/// In words, for example `exit status 1`, or `killed by SIGABRT`.
std::string Describe(const End& end);

/// Owns a file descriptor and closes it.
class Descriptor final {
 public:
  /// Takes an open file descriptor, or -1.
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return number_; }

 private:
  int number_;
};

/// A program that was started. Not thread-safe. A wait for Patience() that
/// fails loses it.
class Process final {
 public:
  /// Starts a program from PATH, with its arguments and a file as its standard
  /// input. Returns an error when it can't be started.
  static absl::StatusOr<std::unique_ptr<Process>> Start(
      const std::vector<std::string>& words,
      const std::string& input = "/dev/null");

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends it: sends SIGTERM, waits a moment, then SIGKILLs the whole group.
  ~Process();

  /// Waits for its first line on standard output. Returns nullopt when the
  /// program ends or closes its output first, or when the time is up.
  std::optional<std::string> FirstLine(absl::Duration patience);

  /// Waits until a text is on standard output. Returns false if it never is.
  bool WaitForOutput(const std::string& text, absl::Duration patience);

  /// Waits until a text is on standard error, after the first `from` bytes.
  /// Returns false if it never is.
  bool WaitForError(const std::string& text, std::size_t from,
                    absl::Duration patience);

  /// Waits until it exits. Returns nullopt if it is still running.
  std::optional<End> WaitForEnd(absl::Duration patience);

  /// Sends a signal: SIGINT to the whole group, like Ctrl-C in a terminal,
  /// other signals only to the program, like `kill`.
  void Signal(int number);

  /// Whether it was told to end: by a signal, but not by SIGHUP.
  bool signalled() const { return signalled_; }
  /// Its process ID.
  pid_t pid() const { return pid_; }

  /// Reads its output, so that its pipes do not fill up.
  void Drain();

  /// The standard output that has been read.
  const std::string& out() const { return out_; }
  /// The standard error that has been read.
  const std::string& err() const { return err_; }

 private:
  Process(pid_t pid, Descriptor handle, Descriptor out, Descriptor err);
  bool WaitForNews(absl::Time until, bool for_output);

  const pid_t pid_;
  const Descriptor handle_;  // of the process: readable once it has ended
  const Descriptor out_pipe_;
  const Descriptor err_pipe_;
  std::string out_;
  std::string err_;
  bool out_open_ = true;
  bool err_open_ = true;
  bool signalled_ = false;
  std::optional<End> end_;
};

}  // namespace judge

#endif  // JUDGE_TALK_PROCESS_H_
