// The client's side of Import.
#ifndef STAGE_CLIENT_IMPORT_H_
#define STAGE_CLIENT_IMPORT_H_

#include <grpcpp/grpcpp.h>

#include "json_lines.h"
#include "kv/v1/kv.grpc.pb.h"

namespace kv {

/// Sends all entries and prints the answer; on a terminal it shows how far it
/// is. Nothing is stored unless all lines were read to their end: a line that
/// is no entry, or input that can't be read, cancels the call.
/// @param stub where to call.
/// @param context of this call alone.
/// @param lines the entries.
/// @return the call's status.
grpc::Status Import(v1::KeyValueService::Stub& stub,
                    grpc::ClientContext& context, JsonLines& lines);

}  // namespace kv

#endif  // STAGE_CLIENT_IMPORT_H_
