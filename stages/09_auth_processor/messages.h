// Between the messages of the contract and the types of the store: checks what
// came in, fills in what goes out.
#ifndef STAGE_MESSAGES_H_
#define STAGE_MESSAGES_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "entry.h"
#include "kv/v1/kv.pb.h"

namespace kv {

/// @param why which field is wrong, and how.
/// @return INVALID_ARGUMENT with that message.
grpc::Status Invalid(const std::string& why);

/// @param key a key that came in.
/// @return OK, or INVALID_ARGUMENT unless it has 1 to 512 bytes.
grpc::Status CheckKey(const std::string& key);

/// @param prefix what keys are to start with; may be empty.
/// @return OK, or INVALID_ARGUMENT if no key is that long.
grpc::Status CheckPrefix(const std::string& prefix);

/// @param value a value that came in.
/// @return OK, or INVALID_ARGUMENT if it has more than 1 MiB.
grpc::Status CheckValue(const std::string& value);

/// @param status what the store said.
/// @return the same for gRPC.
grpc::Status ToGrpc(const absl::Status& status);

/// @param entry one of the store's.
/// @return the same as a message.
v1::Entry ToMessage(const Entry& entry);

}  // namespace kv

#endif  // STAGE_MESSAGES_H_
