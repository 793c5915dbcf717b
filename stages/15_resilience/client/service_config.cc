#include "client/service_config.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/support/validate_service_config.h>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"

ABSL_FLAG(std::string, service_config, "",
          "JSON file: which server to pick, and which calls gRPC repeats;"
          " without it, our own");

namespace kv {
namespace {

// [config]
// Only reads: gRPC can't know whether a write was done.
constexpr char kServiceConfig[] = R"json({
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "kv.v1.KeyValueService"},
  "methodConfig": [{
    "name": [
      {"service": "kv.v1.KeyValueService", "method": "Get"},
      {"service": "kv.v1.KeyValueService", "method": "List"},
      {"service": "kv.v1.KeyValueService", "method": "Watch"}
    ],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.05s",
      "maxBackoff": "0.5s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }],
  "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}
})json";
// [config]

using Fields = google::protobuf::Map<std::string, google::protobuf::Value>;

// [ignored]
// gRPC takes these without a word, and does something else.
absl::Status CheckMethod(const Fields& method) {
  if (method.contains("hedgingPolicy")) {
    return absl::InvalidArgumentError(
        "gRPC for C++ ignores hedgingPolicy: remove it");
  }
  const auto retry = method.find("retryPolicy");
  if (retry == method.end()) return absl::OkStatus();
  const Fields& policy = retry->second.struct_value().fields();
  const auto attempts = policy.find("maxAttempts");
  if (attempts != policy.end() && attempts->second.number_value() > 5) {
    return absl::InvalidArgumentError(
        absl::StrCat("maxAttempts is ", attempts->second.number_value(),
                     ", and gRPC makes 5 attempts at most"));
  }
  return absl::OkStatus();
}
// [ignored]

}  // namespace

// [check]
absl::Status CheckServiceConfig(absl::string_view json) {
  const std::string text(json);
  const std::string invalid =
      grpc::experimental::ValidateServiceConfigJSON(text);
  if (!invalid.empty()) return absl::InvalidArgumentError(invalid);
  google::protobuf::Struct config;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(text, &config);
  if (!parsed.ok()) return absl::InvalidArgumentError(parsed.ToString());
  const auto methods = config.fields().find("methodConfig");
  if (methods == config.fields().end()) return absl::OkStatus();
  for (const auto& method : methods->second.list_value().values()) {
    absl::Status status = CheckMethod(method.struct_value().fields());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}
// [check]

absl::StatusOr<std::string> ServiceConfig() {
  const std::string path = absl::GetFlag(FLAGS_service_config);
  if (path.empty()) return kServiceConfig;
  auto text = ReadFile(path);
  if (!text.ok()) return text;
  const absl::Status status = CheckServiceConfig(*text);
  if (status.ok()) return text;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
}

}  // namespace kv
