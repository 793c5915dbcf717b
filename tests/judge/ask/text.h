// Formats requests, responses and bytes for learners. The results are
// deterministic and have no line breaks.
#ifndef JUDGE_ASK_TEXT_H_
#define JUDGE_ASK_TEXT_H_

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace judge {

using grpc::StatusCode;

/// The metadata of a call, in the order in which it is sent.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Bytes in double quotes, escaped, for example `"a\x00"`. Longer ones than
/// `longest` are cut: `"aaaaaaaaaaaaaaaa..." (513 bytes)`.
std::string Quoted(const std::string& bytes, std::size_t longest = 40);

/// Text that a program printed, with control characters and bytes that are not
/// UTF-8 escaped, and cut when it is longer than `longest`. Quotes and
/// backslashes stay as they are: the program may have escaped them.
std::string Printable(const std::string& text, std::size_t longest = 200);

/// The fields that a message has, for example `{key: "a" expected_revision:
/// 0}`.
std::string Describe(const google::protobuf::Message& message);

/// A message in protobuf's JSON, on a line of its own.
std::string Json(const google::protobuf::Message& message);

/// Whether two messages of the same type are equal.
bool Same(const google::protobuf::Message& a,
          const google::protobuf::Message& b);

/// Parses a message. Returns an empty one when the bytes are not of its type.
template <typename Message>
Message Parsed(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) message.Clear();
  return message;
}

/// A status that is not OK, for example `NOT_FOUND: no such key "a"`.
std::string Describe(const grpc::Status& status);

/// Metadata, for example `token: "a", token: "b"`; empty when there is none.
std::string Describe(const Metadata& metadata);

/// The name of a status code, for example `NOT_FOUND`.
std::string CodeName(grpc::StatusCode code);

/// One paragraph of a report, indented and broken at spaces to fit 80 columns,
/// with a label of at most 9 characters before it.
std::string Paragraph(const std::string& label, const std::string& text);

/// One line of a report, indented like a paragraph but never broken.
std::string Verbatim(const std::string& label, const std::string& text);

/// Splits a command such as `python3 'my server.py'` into at least one word, as
/// a shell does: at spaces, with '...' and "...". Returns INVALID_ARGUMENT for
/// a quote that is not closed.
absl::StatusOr<std::vector<std::string>> Words(const std::string& command);

}  // namespace judge

#endif  // JUDGE_ASK_TEXT_H_
