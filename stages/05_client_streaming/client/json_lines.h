// Messages from a file or from standard input, one a line, as protobuf-JSON:
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

/// Reads one message a line; blank lines do not count. Used by one thread.
class JsonLines final {
 public:
  /// When a call ends, as its context tells.
  using Deadline = std::chrono::system_clock::time_point;

  /// `path` is a file, or "-" for standard input. Any thread may set `stopped`,
  /// which ends a wait for input within 100 ms; it must outlive this object.
  JsonLines(const std::string& path, const std::atomic<bool>& stopped);
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;
  ~JsonLines();

  /// Reads the next message, and waits for it until the deadline. Returns false
  /// if there is none: at the end (complete()), when stopped, at the deadline,
  /// and when the line or the input is broken (error()).
  bool Next(google::protobuf::Message& message, Deadline deadline);

  /// Whether Next() has read all input to its end. Only then may you tell the
  /// server that this was all.
  bool complete() const { return complete_; }

  /// What is wrong with the input, in one line; or empty.
  const std::string& error() const { return error_; }

 private:
  bool NextLine(std::string& line, Deadline deadline);
  bool Read(Deadline deadline);

  const std::string name_;
  const int file_;
  const std::atomic<bool>& stopped_;
  std::string buffer_;        // what was read
  std::size_t position_ = 0;  // where the next line begins in it
  bool end_of_file_ = false;  // nothing is left to read
  bool complete_ = false;     // nor in the buffer
  std::int64_t line_ = 0;
  std::string error_;
};

}  // namespace kv

#endif  // CLIENT_JSON_LINES_H_
