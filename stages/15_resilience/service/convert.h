// Converts between the contract's messages and the store's types, and checks
// the fields of requests.
#ifndef SERVICE_CONVERT_H_
#define SERVICE_CONVERT_H_

#include <grpcpp/server_context.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "kv/v1/kv.pb.h"
#include "store/store.h"

namespace kv {

/// Adds a violation unless the key has 1 to 512 bytes.
void CheckKey(const std::string& key, google::rpc::BadRequest& bad);

/// Adds a violation if the prefix is longer than a key may be. An empty prefix
/// is valid.
void CheckPrefix(const std::string& prefix, google::rpc::BadRequest& bad);

/// Adds a violation if the value has more than 1 MiB.
void CheckValue(const std::string& value, google::rpc::BadRequest& bad);

/// Lets the store ask whether the call is over: whether its deadline has passed
/// and, after a wait, whether the client has cancelled it or is gone. `waited`
/// says that the handler has waited before the store does. `context` must
/// outlive the result.
Store::Over Over(const grpc::CallbackServerContext& context,
                 bool waited = false);

/// Returns the store's entry as a message.
v1::Entry ToMessage(const Entry& entry);

}  // namespace kv

#endif  // SERVICE_CONVERT_H_
