// Converts between the contract's messages and the store's types, and checks
// the fields of requests.
#ifndef SERVICE_CONVERT_H_
#define SERVICE_CONVERT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "kv/v1/kv.pb.h"
#include "store/entry.h"

namespace kv {

/// Returns INVALID_ARGUMENT; `why` names the field and says what is wrong.
grpc::Status Invalid(const std::string& why);

/// Returns INVALID_ARGUMENT unless the key has 1 to 512 bytes.
grpc::Status CheckKey(const std::string& key);

/// Returns INVALID_ARGUMENT if the prefix is longer than a key may be. An empty
/// prefix is valid.
grpc::Status CheckPrefix(const std::string& prefix);

/// Returns INVALID_ARGUMENT if the value has more than 1 MiB.
grpc::Status CheckValue(const std::string& value);

/// Returns the store's status as gRPC's.
grpc::Status ToGrpcStatus(const absl::Status& status);

/// Returns the store's entry as a message.
v1::Entry ToMessage(const Entry& entry);

}  // namespace kv

#endif  // SERVICE_CONVERT_H_
