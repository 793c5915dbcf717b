#include "client/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/details.h"

namespace kv {
namespace {

std::string Quoted(const std::string& bytes) {
  return absl::StrCat("\"", absl::CHexEscape(bytes), "\"");
}

// The server may send any number as the code. Numbers that gRPC does not define
// mean UNKNOWN.
std::string Failure(std::int32_t code, std::string message) {
  const auto strange = [](unsigned char c) { return !absl::ascii_isprint(c); };
  std::replace_if(message.begin(), message.end(), strange, '?');
  const std::string name =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
  return absl::StrCat(name.empty() ? "UNKNOWN" : name, ": ", message);
}

}  // namespace

std::string Text(const v1::Entry& entry) {
  return absl::StrCat(Quoted(entry.key()), " = ", Quoted(entry.value()),
                      " (revision ", entry.revision(), ")");
}

std::string Text(const v1::GetResponse& response) {
  return Text(response.entry());
}

std::string Text(const v1::PutResponse& response) {
  return absl::StrCat("revision ", response.revision());
}

std::string Text(const v1::DeleteResponse& response) {
  return absl::StrCat(response.deleted() ? "deleted" : "absent", " (revision ",
                      response.revision(), ")");
}

std::string Text(const v1::WatchResponse& change) {
  const v1::Entry& entry = change.entry();
  if (change.change_type() != v1::WatchResponse::CHANGE_TYPE_DELETE) {
    return Text(entry);
  }
  return absl::StrCat("deleted ", Quoted(entry.key()), " (revision ",
                      entry.revision(), ")");
}

std::string Text(const grpc::Status& status) {
  constexpr std::size_t kMost = 64 << 10;  // a server may send any amount
  const std::string all =
      absl::StrCat(status.error_message(), DetailsText(status));
  return Failure(status.error_code(), all.substr(0, kMost));
}

std::string Text(const v1::PipelineResponse& answer) {
  switch (answer.result_case()) {
    case v1::PipelineResponse::kGetResponse:
      return Text(answer.get_response());
    case v1::PipelineResponse::kPutResponse:
      return Text(answer.put_response());
    case v1::PipelineResponse::kDeleteResponse:
      return Text(answer.delete_response());
    case v1::PipelineResponse::RESULT_NOT_SET:
      break;
  }
  return Failure(answer.code(), answer.message());
}

}  // namespace kv
