#include "client/channel_arguments.h"

#include <grpc/grpc.h>

#include "base/message_size.h"
#include "client/credentials.h"
#include "client/retry.h"

namespace kv {

// [arguments]
grpc::ChannelArguments ChannelArguments(const ClientOptions& options,
                                        const std::string& service_config) {
  const auto ms = [](absl::Duration time) {
    return static_cast<int>(absl::ToInt64Milliseconds(time));
  };
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetServiceConfigJSON(service_config);
  if (!WantsRetry()) arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // The channel asks for health with its own credentials, not with a call's.
  if (!options.pick_healthy || CredentialsPerCall() != nullptr) {
    arguments.SetInt(GRPC_ARG_INHIBIT_HEALTH_CHECKING, 1);
  }
  if (!options.server_name.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, options.server_name);
  }
  // [backoff]
  // A server that was away is tried again after 0.1 s, later once a second.
  // gRPC's defaults are 1 s and 2 minutes. The minimum is also how long an
  // attempt to connect may take; the default is 20 s.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // When a connection breaks, the name is resolved again, but not twice within
  // this time. The default is 30 s.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
  // [backoff]
  if (options.keepalive_time == absl::InfiniteDuration()) return arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ms(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                   ms(options.keepalive_timeout));
  // Otherwise the client stops after two pings without data, as in an idle
  // watch (gRPC's keepalive.md).
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return arguments;
}
// [arguments]

}  // namespace kv
