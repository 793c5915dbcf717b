// The client's side of Pipeline.
#ifndef STAGE_CLIENT_PIPELINE_H_
#define STAGE_CLIENT_PIPELINE_H_

#include <grpcpp/grpcpp.h>

#include "json_lines.h"
#include "kv/v1/kv.grpc.pb.h"

namespace kv {

/// Sends operations and prints the answers as they come, at once. A line that
/// is no operation ends the sending, and so does input that can't be read; what
/// was sent before is done. Answers that can't be printed cancel the call.
/// @param stub where to call.
/// @param context of this call alone.
/// @param lines the operations.
/// @return the call's status. An operation that failed does not change it.
grpc::Status Pipeline(v1::KeyValueService::Stub& stub,
                      grpc::ClientContext& context, JsonLines& lines);

}  // namespace kv

#endif  // STAGE_CLIENT_PIPELINE_H_
