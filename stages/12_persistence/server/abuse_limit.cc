#include "server/abuse_limit.h"

#include <grpc/compression.h>
#include <grpcpp/resource_quota.h>
#include <sys/resource.h>

namespace kv {

void LimitAbuse(grpc::ServerBuilder& builder) {
  // [abuse]
  // gRPC checks the size of a message after decompression: 1 MB can be 1 GB.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }

  // gRPC receives the message of a unary call before it calls the handler, so
  // partially received messages need a limit of their own, in bytes.
  grpc::ResourceQuota quota("server");
  quota.Resize(256 << 20);
  builder.SetResourceQuota(quota);

  // Each connection needs a file descriptor. When none is left, the server
  // stops listening and never starts again (grpc/grpc#20418). A process
  // usually starts with a limit of 1024 and may raise it up to the hard limit.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  // [abuse]
}

}  // namespace kv
