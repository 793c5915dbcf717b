// How the judge says things: requests, answers and bytes as a learner reads
// them. Everything here is deterministic and free of line breaks.
#ifndef JUDGE_TEXT_H_
#define JUDGE_TEXT_H_

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace judge {

/// What a call carries beside its messages, in the order in which it is sent.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Bytes in double quotes, escaped; long ones are cut and their size is said.
/// @param bytes any bytes.
/// @param longest how many bytes are shown uncut.
/// @return for example `"a\x00"`, or `"aaaaaaaaaaaaaaaa..." (513 bytes)`.
std::string Quoted(const std::string& bytes, std::size_t longest = 40);

/// The fields that a message has.
/// @param message any message.
/// @return for example `{key: "a" expected_revision: 0}`.
std::string Describe(const google::protobuf::Message& message);

/// Whether two messages say the same.
/// @param a one message.
/// @param b another one of its type.
bool Same(const google::protobuf::Message& a,
          const google::protobuf::Message& b);

/// A message from its bytes; the empty message where they are not of its type.
template <typename Message>
Message Parsed(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) message.Clear();
  return message;
}

/// A status that is not OK.
/// @param status what a call ended with.
/// @return for example `NOT_FOUND: no such key "a"`, on one line.
std::string Describe(const grpc::Status& status);

/// What a call carries beside its messages.
/// @param metadata keys and values.
/// @return for example `token: "a", token: "b"`; empty when there is none.
std::string Describe(const Metadata& metadata);

/// The name of a status code.
/// @param code 0 to 16.
/// @return for example `NOT_FOUND`.
std::string CodeName(grpc::StatusCode code);

/// One paragraph of a report, broken at spaces to fit 80 columns.
/// @param label what stands before it, at most 9 characters.
/// @param text what it says.
/// @return whole lines, indented.
std::string Paragraph(const std::string& label, const std::string& text);

/// A command as a shell would take it apart: spaces, '...' and "...".
/// @param command for example `python3 'my server.py'`.
/// @return its words, at least one; INVALID_ARGUMENT for an open quote.
absl::StatusOr<std::vector<std::string>> Words(const std::string& command);

}  // namespace judge

#endif  // JUDGE_TEXT_H_
