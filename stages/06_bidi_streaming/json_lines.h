// Messages from a file or from standard input, one a line, as protobuf-JSON:
//
//   {"key": "city", "value": "QmVybGlu"}      bytes are base64 in JSON
//
//   kv::JsonLines lines("-");
//   while (lines.Next(request, deadline)) ...
//   if (lines.complete()) ...
//   if (!lines.error().empty()) ...
#ifndef STAGE_JSON_LINES_H_
#define STAGE_JSON_LINES_H_

#include <google/protobuf/message.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace kv {

/// Reads one message a line; blank lines do not count. A read never blocks for
/// longer than a deadline allows. To be used by one thread, but for Stop().
class JsonLines final {
 public:
  /// When a call ends, as its context gives it.
  using Deadline = std::chrono::system_clock::time_point;

  /// @param path a file, or "-" for standard input.
  explicit JsonLines(const std::string& path);
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;
  /// Closes the file.
  ~JsonLines();

  /// Reads the next message, and waits for it if need be.
  /// @param message is replaced by it.
  /// @param deadline when to stop waiting.
  /// @return false when there is none: at the end (complete()), after Stop(),
  ///     at the deadline, and when the line or the input is broken (error()).
  bool Next(google::protobuf::Message& message, Deadline deadline);

  /// @return whether Next() read all input to its end. Only then may you tell
  ///     the server that this was all.
  bool complete() const { return complete_; }

  /// @return whether all of the next line is here, so that Next() won't wait.
  bool More() const;

  /// @return what is wrong with the input, in one line; or empty.
  const std::string& error() const { return error_; }

  /// Ends Next() within a tenth of a second, also one that waits for standard
  /// input. From any thread.
  void Stop() { stopped_ = true; }

 private:
  bool NextLine(std::string& line, Deadline deadline);
  bool Read(Deadline deadline);

  const std::string name_;
  const int file_;
  std::atomic<bool> stopped_ = false;
  std::string buffer_;        // what was read
  std::size_t position_ = 0;  // where the next line begins in it
  bool end_of_file_ = false;  // nothing is left to read
  bool complete_ = false;     // nor in the buffer
  std::int64_t line_ = 0;
  std::string error_;
};

}  // namespace kv

#endif  // STAGE_JSON_LINES_H_
