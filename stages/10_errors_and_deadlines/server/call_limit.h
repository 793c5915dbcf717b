// Limits the threads of a sync server, and so the calls that it handles
// concurrently.
//
//   grpc::ServerBuilder builder;
//   kv::LimitCalls(builder, 64);
//
// A sync server handles each call on a thread of its own. Without a limit it
// starts threads as long as calls come in (grpc/grpc#9716). In Python, the
// ThreadPoolExecutor is the limit, and further calls wait in its queue; here
// they are rejected.
#ifndef SERVER_CALL_LIMIT_H_
#define SERVER_CALL_LIMIT_H_

#include <grpcpp/server_builder.h>

namespace kv {

/// Makes the server reject a call with RESOURCE_EXHAUSTED while it handles
/// `max_calls`, which is at least 1. A call counts until its thread is done
/// with it, a little after the client has received the status. Partially
/// received messages are limited as well, to 256 MiB in total.
void LimitCalls(grpc::ServerBuilder& builder, int max_calls);

}  // namespace kv

#endif  // SERVER_CALL_LIMIT_H_
