// What the channel does by itself: which server it picks, and which calls it
// repeats. gRPC calls this a service config (gRFC A2, A6, A17).
#ifndef CLIENT_SERVICE_CONFIG_H_
#define CLIENT_SERVICE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kv {

/// Returns the JSON of --service_config, or our own without that flag. An error
/// says what is wrong with it. gRPC would only fail each call, with a message
/// that does not name the mistake.
absl::StatusOr<std::string> ServiceConfig();

/// Returns an error if gRPC rejects the config, or would silently ignore a part
/// of it: more than 5 attempts, or hedging.
absl::Status CheckServiceConfig(absl::string_view json);

}  // namespace kv

#endif  // CLIENT_SERVICE_CONFIG_H_
