#include "auth/auth_processor.h"

#include <grpc/grpc_security_constants.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "auth/require_user.h"

namespace kv {
namespace {

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
         path == "/kv.v1.KeyValueService/Watch" ||
         path == "/grpc.health.v1.Health/Watch" ||
         absl::StartsWith(path, "/grpc.reflection.");  // of any version
}

}  // namespace

// [check]
grpc::Status AuthProcessor::Check(const InputMetadata& metadata,
                                  const grpc::AuthContext& channel) const {
  const std::string path = SingleValue(metadata, ":path").value_or("");
  if (path == kHealthCheck) return grpc::Status::OK;
  grpc::Status invalid(grpc::StatusCode::UNAUTHENTICATED, "Invalid signature");
  const auto token = SingleValue(metadata, "token");
  if (!token.has_value()) return invalid;
  const std::optional<User> user = tokens_.UserOf(*token);
  if (!user.has_value()) return invalid;
  if (certificates_ && NameOf(channel) != user->name) return invalid;

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
  if (!status.ok()) {
    rejected_(SingleValue(metadata, ":path").value_or(""), status);
  }
  return status;
}
// [process]

}  // namespace kv
