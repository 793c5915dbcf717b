// Reads messages as protobuf JSON, one per line, from a file or stdin:
//
//   {"key": "city", "value": "QmVybGlu"}      bytes are base64 in JSON
//
//   kv::JsonLines lines("-", stopped);
//   while (lines.Next(request, deadline)) ...
//   if (lines.complete()) ...
//   if (!lines.error().empty()) ...
#ifndef CLIENT_JSON_LINES_H_
#define CLIENT_JSON_LINES_H_

#include <google/protobuf/message.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace kv {

/// Reads one message per line and skips blank lines. Not thread-safe.
class JsonLines final {
 public:
  /// The type of ClientContext::deadline().
  using Deadline = std::chrono::system_clock::time_point;

  /// `path` is a file, or "-" for standard input. Any thread may set `stopped`;
  /// a wait for input then ends within 100 ms. It must outlive this object.
  JsonLines(const std::string& path, const std::atomic<bool>& stopped);
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;
  ~JsonLines();

  /// Reads the next message, and waits for it until the deadline. Returns false
  /// if there is none: at the end of the input (complete()), when stopped, at
  /// the deadline, and if the input is invalid or unreadable (error()).
  bool Next(google::protobuf::Message& message, Deadline deadline);

  /// Whether Next() has read all input to its end. Only then may you half-close
  /// a call that stores what it received.
  bool complete() const { return complete_; }

  /// What is wrong with the input, in one line, or empty.
  const std::string& error() const { return error_; }

 private:
  bool NextLine(std::string& line, Deadline deadline);
  bool Read(Deadline deadline);

  const std::string name_;
  const int file_;
  const std::atomic<bool>& stopped_;
  std::string buffer_;        // what was read
  std::size_t position_ = 0;  // start of the next line in buffer_
  bool end_of_file_ = false;  // read() has returned 0
  bool complete_ = false;     // and buffer_ is used up
  std::int64_t line_ = 0;
  std::string error_;
};

}  // namespace kv

#endif  // CLIENT_JSON_LINES_H_
