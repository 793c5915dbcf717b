// Bounds the threads of a sync server, and so the calls it handles at once.
//
//   grpc::ServerBuilder builder;
//   kv::LimitCalls(builder, 64);
//
// A sync server runs each call on a thread of its own. Without a bound it
// starts threads as long as calls come in (grpc/grpc#9716). Python's servers
// are bounded by their ThreadPoolExecutor: there a call too many waits, here it
// is refused.
//
// The memory of messages that are being received is bounded, too: 256 MiB.
#ifndef STAGE_CALL_LIMIT_H_
#define STAGE_CALL_LIMIT_H_

#include <grpcpp/server_builder.h>

namespace kv {

/// Makes the server refuse a call with RESOURCE_EXHAUSTED while it is busy with
/// as many as it may. A call counts until its thread has put it away, a little
/// after the client has the answer.
/// @param builder builds the server; call this before BuildAndStart().
/// @param max_calls calls handled at once, at least 1.
void LimitCalls(grpc::ServerBuilder& builder, int max_calls);

}  // namespace kv

#endif  // STAGE_CALL_LIMIT_H_
