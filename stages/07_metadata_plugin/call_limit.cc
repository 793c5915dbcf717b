#include "call_limit.h"

#include <grpcpp/resource_quota.h>

namespace kv {

void LimitCalls(grpc::ServerBuilder& builder, int max_calls) {
  // [limit]
  // Pollers are the threads that wait for the next call. With fewer than
  // MIN_POLLERS left the server starts one; with more than MAX_POLLERS, one
  // that has ended its call goes away. They are no bound on the calls.
  constexpr int kMinPollers = 1;
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, kMinPollers);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);

  // The quota is the bound. It counts every thread, so the one that takes in a
  // call only to refuse it is counted as well.
  grpc::ResourceQuota quota("server");
  quota.SetMaxThreads(max_calls + kMinPollers);
  // gRPC receives the message of a unary call before the call has a thread, so
  // partially received messages need a bound of their own, in bytes.
  quota.Resize(256 << 20);
  builder.SetResourceQuota(quota);
  // [limit]
}

}  // namespace kv
