// What a channel does besides sending calls.
#ifndef CLIENT_CHANNEL_ARGUMENTS_H_
#define CLIENT_CHANNEL_ARGUMENTS_H_

#include <grpcpp/support/channel_arguments.h>

#include <string>

#include "client/options.h"

namespace kv {

/// Returns arguments that limit messages to kMaxMessageBytes; that bring a
/// channel back soon after all servers were away; that let it ping the server,
/// so that a call notices when the server is gone although no packet says so;
/// and the service config, which must be valid.
grpc::ChannelArguments ChannelArguments(const ClientOptions& options,
                                        const std::string& service_config);

}  // namespace kv

#endif  // CLIENT_CHANNEL_ARGUMENTS_H_
