#include "server/reason.h"

#include <grpcpp/support/error_details.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace kv {

// [reason]
std::string RejectionReason(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAUTHENTICATED:
      return "UNAUTHENTICATED";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "PERMISSION_DENIED";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::UNAVAILABLE:
      break;
    default:
      return "";
  }
  // With --upstream another server writes the details. So only these count.
  constexpr absl::string_view kReasons[] = {
      "TOO_MANY_CALLS",  "TOO_MANY_CALLS_OF_USER",
      "IMPORTS_BUSY",    "IMPORT_TOO_LARGE",
      "NOT_WRITTEN",     "DISK_FAILED",
      "LOG_UNAVAILABLE", "OUTCOME_UNKNOWN",
      "OTHER_LOG",       "TOO_LARGE_FOR_LOG"};
  google::rpc::Status all;
  if (!grpc::ExtractErrorDetails(status, &all).ok()) return "OTHER";
  google::rpc::ErrorInfo info;
  for (const auto& detail : all.details()) {
    if (detail.UnpackTo(&info) &&
        std::find(std::begin(kReasons), std::end(kReasons), info.reason()) !=
            std::end(kReasons)) {
      return info.reason();
    }
  }
  return "OTHER";
}
// [reason]

}  // namespace kv
