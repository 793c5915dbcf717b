// Messages as bytes, without a protobuf message in between.
#ifndef BENCH_SERVERS_ENCODING_H_
#define BENCH_SERVERS_ENCODING_H_

#include <grpcpp/support/slice.h>

#include "store/entry.h"

namespace bench {

// @return the bytes that protobuf makes of a GetResponse with this entry.
grpc::Slice EncodeGetResponse(const kv::Entry& entry);

}  // namespace bench

#endif  // BENCH_SERVERS_ENCODING_H_
