// Encodes responses without protobuf messages.
#ifndef BENCH_SERVERS_ENCODING_H_
#define BENCH_SERVERS_ENCODING_H_

#include <grpcpp/support/slice.h>

#include "store/entry.h"

namespace bench {

// Returns the same bytes as protobuf for a GetResponse with this entry.
grpc::Slice EncodeGetResponse(const kv::Entry& entry);

}  // namespace bench

#endif  // BENCH_SERVERS_ENCODING_H_
