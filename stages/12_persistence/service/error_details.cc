#include "service/error_details.h"

#include <grpcpp/support/error_details.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/status.pb.h"
#include "store/cause.h"

namespace kv {
namespace {

google::protobuf::Any Packed(const google::protobuf::Message& message) {
  google::protobuf::Any any;
  if (!any.PackFrom(message)) any.Clear();  // it exceeds 2 GiB
  return any;
}

}  // namespace

// [details]
grpc::Status WithDetails(grpc::StatusCode code, const std::string& message,
                         const std::vector<google::protobuf::Any>& details) {
  google::rpc::Status all;
  all.set_code(code);
  all.set_message(message);
  std::size_t bytes = 0;
  for (const google::protobuf::Any& detail : details) {
    bytes += detail.ByteSizeLong();
    if (bytes > kMaxDetailBytes) break;
    *all.add_details() = detail;
  }
  return {code, message, all.SerializeAsString()};
}
// [details]

google::protobuf::Any ErrorInfo(
    const std::string& reason,
    const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(kErrorDomain);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  return Packed(info);
}

google::protobuf::Any RetryInfo(absl::Duration delay) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  const absl::Duration rest =
      delay - absl::Seconds(info.retry_delay().seconds());
  info.mutable_retry_delay()->set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(rest)));
  return Packed(info);
}

// [invalid]
grpc::Status Invalid(const google::rpc::BadRequest& bad, std::int64_t entry) {
  const auto sentence = [](std::string* out, const auto& violation) {
    absl::StrAppend(out, violation.field(), ": ", violation.description());
  };
  std::string why = absl::StrJoin(bad.field_violations(), "; ", sentence);
  std::vector<google::protobuf::Any> details = {Packed(bad)};
  if (entry > 0) {
    why = absl::StrCat("entry ", entry, ": ", why);
    details.push_back(
        ErrorInfo("ENTRY_INVALID", {{"entry", absl::StrCat(entry)}}));
  }
  return WithDetails(grpc::StatusCode::INVALID_ARGUMENT, why, details);
}
// [invalid]

void Add(google::rpc::BadRequest& bad, const std::string& field,
         const std::string& description) {
  auto& violation = *bad.add_field_violations();
  violation.set_field(field);
  violation.set_description(description);
}

// [convert]
// Abseil's status codes have the same numbers as gRPC's.
grpc::Status ToGrpcStatus(const absl::Status& status) {
  std::vector<google::protobuf::Any> details;
  const Cause cause = CauseOf(status);
  if (!cause.reason.empty()) {
    details.push_back(ErrorInfo(cause.reason, cause.values));
  }
  // The store is about to stop, or its disk was full: a later call may succeed.
  // After a failed commit nobody knows whether something was changed.
  if (absl::IsUnavailable(status) && cause.reason != "DISK_FAILED") {
    details.push_back(RetryInfo(kRetryDelay));
  }
  return WithDetails(static_cast<grpc::StatusCode>(status.code()),
                     std::string(status.message()), details);
}
// [convert]

}  // namespace kv
