// What a channel does besides sending calls.
#ifndef CLIENT_CHANNEL_ARGUMENTS_H_
#define CLIENT_CHANNEL_ARGUMENTS_H_

#include <grpcpp/support/channel_arguments.h>

#include "client/options.h"

namespace kv {

/// Returns arguments that limit messages to kMaxMessageBytes and, with
/// --keepalive_time, let the channel ping the server, so that a call notices
/// that the server is gone although no packet says so.
grpc::ChannelArguments ChannelArguments(const ClientOptions& options);

}  // namespace kv

#endif  // CLIENT_CHANNEL_ARGUMENTS_H_
