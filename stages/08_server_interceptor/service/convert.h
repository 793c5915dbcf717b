// Between the messages of the contract and the types of the store: checks what
// came in, fills in what goes out.
#ifndef SERVICE_CONVERT_H_
#define SERVICE_CONVERT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "kv/v1/kv.pb.h"
#include "store/entry.h"

namespace kv {

/// Returns INVALID_ARGUMENT; `why` says which field is wrong, and how.
grpc::Status Invalid(const std::string& why);

/// Returns INVALID_ARGUMENT unless the key has 1 to 512 bytes.
grpc::Status CheckKey(const std::string& key);

/// Returns INVALID_ARGUMENT if the prefix, which may be empty, is longer than
/// any key.
grpc::Status CheckPrefix(const std::string& prefix);

/// Returns INVALID_ARGUMENT if the value has more than 1 MiB.
grpc::Status CheckValue(const std::string& value);

/// Returns the store's status as gRPC's.
grpc::Status ToGrpcStatus(const absl::Status& status);

/// Returns the store's entry as a message.
v1::Entry ToMessage(const Entry& entry);

}  // namespace kv

#endif  // SERVICE_CONVERT_H_
