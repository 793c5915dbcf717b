#include "auth/token_plugin.h"

#include "absl/status/statusor.h"
#include "base/file.h"

namespace kv {

// [plugin]
grpc::Status TokenPlugin::GetMetadata(
    grpc::string_ref /*service_url*/, grpc::string_ref /*method_name*/,
    const grpc::AuthContext& /*channel*/,
    std::multimap<grpc::string, grpc::string>* metadata) {
  const absl::StatusOr<std::string> token = ReadToken(path_);
  if (!token.ok()) {
    return {grpc::StatusCode::UNAVAILABLE,
            std::string(token.status().message())};
  }
  metadata->emplace("token", *token);
  return grpc::Status::OK;
}
// [plugin]

}  // namespace kv
