#include "server/abuse_limit.h"

#include <grpc/compression.h>
#include <sys/resource.h>

namespace kv {

void LimitAbuse(grpc::ServerBuilder& builder) {
  // [abuse]
  // gRPC decompresses a message before it checks the size: 1 MB becomes 1 GB.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }

  // Each connection takes a file descriptor. When none is left, the server
  // stops listening and never starts again (grpc/grpc#20418). A process
  // usually starts with 1024 and may raise that as far as the system allows.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  // [abuse]
}

}  // namespace kv
