// Writes lines to stderr for threads that must not wait for its reader.
//
//   kv::Log log;
//   log.Write("server: tokens read again");
//
// A pipe holds 64 KiB. When it is full, because its reader is slow or has
// stopped, a write to it blocks. gRPC's threads would block one after the
// other, and no call would be served. So a thread of the log's own writes.
#ifndef BASE_LOG_H_
#define BASE_LOG_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace kv {

/// Lines on their way to stderr, in order. If nobody reads them it keeps
/// kMostLines, drops the rest, and says how many were dropped as soon as it can
/// write again. Thread-safe.
class Log final {
 public:
  /// How many lines can wait.
  static constexpr std::size_t kMostLines = 1000;

  /// Starts the thread. Block signals first: a thread inherits that.
  Log();
  /// Writes what can be written without waiting, and ends the thread.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Adds a line, given without a newline. Never waits for stderr. Cuts the
  /// line at 4095 bytes, so that a pipe takes it atomically.
  void Write(absl::string_view line);

 private:
  void Run();
  bool WriteOut(absl::string_view text);

  const int fd_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;  // guarded by mutex_
  std::size_t dropped_ = 0;        // after lines_; guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
  std::thread writing_;            // last: it uses all of the above
};

}  // namespace kv

#endif  // BASE_LOG_H_
