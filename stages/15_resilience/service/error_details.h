// Statuses that a program can act on: besides a code and a sentence they carry
// details, messages of google.rpc. gRPC sends them in the trailing metadata
// `grpc-status-details-bin`. Python's grpc_status and every other gRPC library
// read them there.
//
//   return WithDetails(StatusCode::NOT_FOUND, "no such key",
//                      {ErrorInfo("KEY_NOT_FOUND", {{"revision", "7"}})});
#ifndef SERVICE_ERROR_DETAILS_H_
#define SERVICE_ERROR_DETAILS_H_

#include <google/protobuf/any.pb.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"

namespace kv {

/// The domain of our ErrorInfo: who defines the reasons.
constexpr char kErrorDomain[] = "kv.v1";

/// How long a client waits after our UNAVAILABLE or RESOURCE_EXHAUSTED.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);

/// The limit for all details of a status together, in bytes. A client accepts 8
/// KiB of metadata by default. With more it reports RESOURCE_EXHAUSTED, and the
/// real code is lost (grpc/grpc#32600).
constexpr std::size_t kMaxDetailBytes = 4 << 10;

/// Returns a status with details. Leaves out those that do not fit into
/// kMaxDetailBytes: losing a detail is better than losing the code.
grpc::Status WithDetails(grpc::StatusCode code, const std::string& message,
                         const std::vector<google::protobuf::Any>& details);

/// A constant that says what went wrong, and values that belong to it.
google::protobuf::Any ErrorInfo(
    const std::string& reason,
    const std::map<std::string, std::string>& metadata);

/// A promise that the call changed nothing, and when to try again.
google::protobuf::Any RetryInfo(absl::Duration delay);

/// Returns INVALID_ARGUMENT with all violations. The message names each field.
/// In an import it begins with the entry's position, which is also a detail.
grpc::Status Invalid(const google::rpc::BadRequest& bad,
                     std::int64_t entry = 0);

/// Adds a violation.
void Add(google::rpc::BadRequest& bad, const std::string& field,
         const std::string& description);

/// Returns an error of the store with its details. See store/cause.h.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace kv

#endif  // SERVICE_ERROR_DETAILS_H_
