#include "auth/auth_processor.h"

#include <grpc/grpc_security_constants.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace kv {
namespace {

constexpr std::size_t kMaxPath = 100;  // characters in the log

std::string ToString(const grpc::string_ref& text) {
  return {text.data(), text.size()};  // it is not NUL-terminated
}

// Returns the value of a key, or nothing unless there is exactly one.
std::optional<std::string> SingleValue(
    const grpc::AuthMetadataProcessor::InputMetadata& metadata,
    const std::string& key) {
  if (metadata.count(key) != 1) return std::nullopt;
  return ToString(metadata.find(key)->second);
}

// [name]
// Returns the first DNS name of the client's certificate, or its common name.
std::string NameOf(const grpc::AuthContext& channel) {
  for (const char* const kind :
       {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    const auto names = channel.FindPropertyValues(kind);
    if (!names.empty()) return ToString(names.front());
  }
  return "";
}
// [name]

bool OnlyReads(const std::string& path) {
  return path == "/kv.v1.KeyValueService/Get" ||
         path == "/kv.v1.KeyValueService/List" ||
         path == "/kv.v1.KeyValueService/Watch";
}

}  // namespace

// [check]
grpc::Status AuthProcessor::Check(const InputMetadata& metadata,
                                  const grpc::AuthContext& channel) const {
  grpc::Status invalid(grpc::StatusCode::UNAUTHENTICATED, "Invalid signature");
  const auto token = SingleValue(metadata, "token");
  if (!token.has_value()) return invalid;
  const std::optional<User> user = tokens_.UserOf(*token);
  if (!user.has_value()) return invalid;
  if (certificates_ && NameOf(channel) != user->name) return invalid;

  const std::string path = SingleValue(metadata, ":path").value_or("");
  if (user->writer || OnlyReads(path)) return grpc::Status::OK;
  return {grpc::StatusCode::PERMISSION_DENIED,
          absl::StrCat(user->name, " may only read")};
}
// [check]

// [process]
grpc::Status AuthProcessor::Process(const InputMetadata& metadata,
                                    grpc::AuthContext* channel,
                                    OutputMetadata* /*consumed*/,
                                    OutputMetadata* /*response*/) {
  grpc::Status status = Check(metadata, *channel);
  if (!status.ok() && log_ != nullptr) {
    const auto code = static_cast<absl::StatusCode>(status.error_code());
    // The caller is unauthenticated, and its path may be 8 KiB of any bytes.
    const std::string path = SingleValue(metadata, ":path").value_or("");
    log_->Write(absl::StrFormat(
        "%s - %s: %s", absl::CHexEscape(path.substr(0, kMaxPath)),
        absl::StatusCodeToString(code), status.error_message()));
  }
  return status;
}
// [process]

}  // namespace kv
