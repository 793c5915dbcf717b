// The one place that starts programs, and that makes sure they end.
//
//   auto server = judge::Process::Start({"./server", "--listen=127.0.0.1:0"});
//   if (!server.ok()) ...                       // it can't be started
//   std::optional<std::string> line = (*server)->FirstLine(patience);
//   (*server)->Signal(SIGTERM);
//   std::optional<judge::End> end = (*server)->WaitForEnd(patience);
//
// A program gets a process group of its own and dies with
// the judge, however that ends. To be used from the main thread alone: the
// kernel ends the children of a *thread* (PR_SET_PDEATHSIG).
#ifndef JUDGE_PROCESS_H_
#define JUDGE_PROCESS_H_

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

/// How a program ended, in words.
/// @param end what WaitForEnd() gave.
/// @return for example `exit status 1`, or `killed by SIGABRT`.
std::string Describe(const End& end);

/// A file descriptor that is closed in the end.
class Descriptor final {
 public:
  /// @param number an open file descriptor, or -1.
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  /// @return its number.
  int get() const { return number_; }

 private:
  int number_;
};

/// A program that was started. Not thread-safe.
class Process final {
 public:
  /// Starts a program.
  /// @param words the program, looked up in PATH, and its arguments.
  /// @param input the file that is its standard input.
  /// @return the process, or why it can't be started.
  static absl::StatusOr<std::unique_ptr<Process>> Start(
      const std::vector<std::string>& words,
      const std::string& input = "/dev/null");

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends it: SIGTERM and a moment to stop, then SIGKILL to the whole group.
  ~Process();

  /// Waits for its first line on standard output.
  /// @param patience how long.
  /// @return the line without its end; nullopt when it ended or closed its
  ///     output before, or the time is over.
  std::optional<std::string> FirstLine(absl::Duration patience);

  /// Waits until a text is on standard output.
  /// @param text any part of it.
  /// @param patience how long.
  /// @return whether it is there.
  bool WaitForOutput(const std::string& text, absl::Duration patience);

  /// Waits until a text is on standard error.
  /// @param text any part of it.
  /// @param from where to look: err().size() of an earlier moment.
  /// @param patience how long.
  /// @return whether it is there.
  bool WaitForError(const std::string& text, std::size_t from,
                    absl::Duration patience);

  /// Waits until it ends by itself.
  /// @param patience how long.
  /// @return how it ended; nullopt when it still runs.
  std::optional<End> WaitForEnd(absl::Duration patience);

  /// Sends a signal: SIGINT to its whole group, as a terminal's Ctrl-C does,
  /// another one to itself, as `kill` does.
  /// @param number the signal.
  void Signal(int number);

  /// Reads what it has written, so that its pipes do not fill up.
  void Drain();

  /// @return all that was read of its standard output.
  const std::string& out() const { return out_; }
  /// @return all that was read of its standard error.
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

#endif  // JUDGE_PROCESS_H_
