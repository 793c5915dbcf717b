// Messages from a file or from standard input, one a line, as protobuf-JSON:
//
//   {"key": "city", "value": "QmVybGlu"}      bytes are base64 in JSON
//
//   kv::JsonLines lines("-");
//   while (lines.Next(request)) ...
//   if (!lines.error().empty()) ...
#ifndef STAGE_JSON_LINES_H_
#define STAGE_JSON_LINES_H_

#include <google/protobuf/message.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <istream>
#include <string>

namespace kv {

/// Reads one message a line; empty lines do not count. To be used by one
/// thread, but for Stop().
class JsonLines final {
 public:
  /// @param path a file, or "-" for standard input: then before anything is
  ///     read or printed.
  explicit JsonLines(const std::string& path);

  /// Reads the next message.
  /// @param message is replaced by it.
  /// @return false at the end, after Stop(), and at a line that is none; see
  ///     error().
  bool Next(google::protobuf::Message& message);

  /// @return whether a part of the next line is there already.
  bool More() { return in_.rdbuf()->in_avail() > 0; }

  /// @return what is wrong with the file or the line, in one line; or empty.
  const std::string& error() const { return error_; }

  /// @return how much has been read, 0 to 1; 0 when the size is not known.
  double fraction() const { return size_ > 0 ? read_ / size_ : 0; }

  /// Ends Next(), also one that waits for standard input. From any thread.
  void Stop() { stopped_ = true; }

 private:
  bool WaitForInput();

  const std::string name_;
  std::ifstream file_;
  std::istream& in_;
  std::atomic<bool> stopped_ = false;
  std::int64_t line_ = 0;
  double size_ = 0;  // in bytes
  double read_ = 0;
  std::string error_;
};

}  // namespace kv

#endif  // STAGE_JSON_LINES_H_
