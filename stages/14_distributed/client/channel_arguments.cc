#include "client/channel_arguments.h"

#include <grpc/grpc.h>

#include "base/message_size.h"

namespace kv {

// [arguments]
grpc::ChannelArguments ChannelArguments(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  if (options.keepalive_time == absl::InfiniteDuration()) return arguments;
  const auto ms = [](absl::Duration time) {
    return static_cast<int>(absl::ToInt64Milliseconds(time));
  };
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
