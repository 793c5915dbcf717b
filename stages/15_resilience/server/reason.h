// Why a call was rejected, as a label of a metric.
#ifndef SERVER_REASON_H_
#define SERVER_REASON_H_

#include <grpcpp/support/status.h>

#include <string>

namespace kv {

/// Returns why the server did not do what a call asked for, although the
/// request was right: a constant such as `TOO_MANY_CALLS`. For other statuses
/// returns an empty string. The number of constants is small and fixed.
std::string RejectionReason(const grpc::Status& status);

}  // namespace kv

#endif  // SERVER_REASON_H_
