#include "server/abuse_limit.h"

#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <grpcpp/resource_quota.h>
#include <sys/resource.h>

#include "base/message_size.h"

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
  // Calls of reflection and channelz have a thread each. Ours need none.
  quota.SetMaxThreads(16);
  builder.SetResourceQuota(quota);

  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);

  // A connection that does not finish its handshake is closed after this time;
  // gRPC's default is two minutes.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);

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
