// Services that tell what a server is and does, for a person with a tool.
#ifndef SERVER_INSPECTION_H_
#define SERVER_INSPECTION_H_

#include <grpcpp/server_builder.h>

#include "server/options.h"

namespace kv {

/// With --channelz, gives all servers that are built from now on the service
/// that lists connections and calls. Call it before the ServerBuilder is made.
void InitInspection(const ServerOptions& options);

/// Without --reflection, takes away the service that describes all services, so
/// that a tool needs no .proto file: to link its library is enough to have it.
/// Both services belong to gRPC's older API and need threads; limits those,
/// too. Both need a token, as all other rpcs do.
void LimitInspection(grpc::ServerBuilder& builder,
                     const ServerOptions& options);

}  // namespace kv

#endif  // SERVER_INSPECTION_H_
