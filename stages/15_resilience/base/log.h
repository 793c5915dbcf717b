// Writes lines to stderr without blocking the thread that logs them.
//
//   kv::Log log;
//   log.Write("server: tokens read again");
//
// A pipe holds 64 KiB. When it is full, because its reader is slow or has
// stopped, a write to it blocks. gRPC's threads would block one after another,
// until no call is served. So the log writes on a thread of its own.
#ifndef BASE_LOG_H_
#define BASE_LOG_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace kv {

/// Writes a line to stderr now if that does not block. Otherwise drops it.
/// For lines at the start, which must come before READY.
void WriteIfReady(absl::string_view line);

/// A queue of lines for stderr. If nobody reads them, it keeps kMostLines and
/// drops the rest. It logs how many it dropped as soon as it can write again.
/// Thread-safe.
class Log final {
 public:
  /// The most lines that wait to be written.
  static constexpr std::size_t kMostLines = 1000;

  /// Starts the thread, which inherits blocked signals: block them first.
  Log();
  /// Writes what can be written without waiting, and ends the thread.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Adds a line, given without a newline. Never waits for stderr. Cuts the
  /// line at 4095 bytes, so that writing it to a pipe is atomic.
  void Write(absl::string_view line);

  /// How many lines were dropped since the start.
  std::int64_t dropped() const;

 private:
  void Run();
  bool WriteOut(absl::string_view text);

  const int fd_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;  // guarded by mutex_
  std::size_t dropped_ = 0;        // after lines_; guarded by mutex_
  std::int64_t all_dropped_ = 0;   // guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
  std::thread writing_;            // last: it uses all of the above
};

}  // namespace kv

#endif  // BASE_LOG_H_
