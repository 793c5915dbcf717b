// Reads the details of a status. They come from the server, so they can be
// anything: missing, unknown, or no protobuf at all.
#ifndef CLIENT_DETAILS_H_
#define CLIENT_DETAILS_H_

#include <grpcpp/support/status.h>

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace kv {

/// Returns the details in words, with brackets around each, or an empty string
/// if there are none. A violation that the message already names is left out.
///
///   [REVISION_MISMATCH of kv.v1, current_revision: 7] [try again after 1s]
std::string DetailsText(const grpc::Status& status);

/// Returns how long to wait before the next attempt, if the server has promised
/// that the call changed nothing.
std::optional<absl::Duration> RetryDelay(const grpc::Status& status);

}  // namespace kv

#endif  // CLIENT_DETAILS_H_
