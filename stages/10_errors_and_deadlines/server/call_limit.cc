#include "server/call_limit.h"

#include <grpcpp/resource_quota.h>

namespace kv {

void LimitCalls(grpc::ServerBuilder& builder, int max_calls) {
  // [limit]
  // Pollers are the threads that wait for the next call. With fewer than
  // MIN_POLLERS the server starts one more; with more than MAX_POLLERS, a
  // thread that has finished its call ends. Neither limits the calls.
  constexpr int kMinPollers = 1;
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, kMinPollers);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);

  // The quota is the limit. It counts every thread, including the one that
  // takes a call only to reject it.
  grpc::ResourceQuota quota("server");
  quota.SetMaxThreads(max_calls + kMinPollers);
  // gRPC receives the message of a unary call before the call has a thread, so
  // partially received messages need a limit of their own, in bytes.
  quota.Resize(256 << 20);
  builder.SetResourceQuota(quota);
  // [limit]
}

}  // namespace kv
