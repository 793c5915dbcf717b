#include "client/details.h"

#include <google/protobuf/any.pb.h>
#include <grpcpp/support/error_details.h>

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace kv {
namespace {

constexpr int kMostViolations = 8;  // more are only counted

// More than fits into the metadata that gRPC accepts. Only a server that does
// not acknowledge gRPC's SETTINGS can send more.
constexpr std::size_t kMostBytes = 16 << 10;

google::rpc::Status Read(const grpc::Status& status) {
  google::rpc::Status details;
  if (status.error_details().size() > kMostBytes ||
      !grpc::ExtractErrorDetails(status, &details).ok()) {
    details.Clear();
  }
  return details;
}

absl::Duration ToDuration(const google::rpc::RetryInfo& info) {
  return absl::Seconds(info.retry_delay().seconds()) +
         absl::Nanoseconds(info.retry_delay().nanos());
}

std::string Words(const google::rpc::ErrorInfo& info) {
  std::string text = absl::StrCat(info.reason(), " of ", info.domain());
  // A map has no order, but the same error should always read the same.
  for (const auto& [name, value] : std::map<std::string, std::string>(
           info.metadata().begin(), info.metadata().end())) {
    absl::StrAppend(&text, ", ", name, ": ", value);
  }
  return text;
}

std::string Words(const google::rpc::BadRequest& bad,
                  const std::string& message) {
  std::string text;
  const int shown = std::min(bad.field_violations_size(), kMostViolations);
  for (int i = 0; i < shown; ++i) {
    const auto& violation = bad.field_violations(i);
    if (absl::StrContains(message, violation.description())) continue;
    absl::StrAppend(&text, text.empty() ? "" : "; ", violation.field(), ": ",
                    violation.description());
  }
  const int more = bad.field_violations_size() - shown;
  return more > 0 ? absl::StrCat(text, "; and ", more, " more") : text;
}

// [words]
std::string Words(const google::protobuf::Any& detail,
                  const std::string& message) {
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  google::rpc::BadRequest bad;
  if (detail.UnpackTo(&info)) return Words(info);
  if (detail.UnpackTo(&bad)) return Words(bad, message);
  if (detail.UnpackTo(&retry)) {
    return absl::StrCat("try again after ",
                        absl::FormatDuration(ToDuration(retry)));
  }
  return detail.type_url();  // a type that this client does not know
}
// [words]

}  // namespace

std::string DetailsText(const grpc::Status& status) {
  std::string all;
  const google::rpc::Status details = Read(status);
  for (const google::protobuf::Any& detail : details.details()) {
    const std::string text = Words(detail, status.error_message());
    if (!text.empty()) absl::StrAppend(&all, " [", text, "]");
  }
  return all;
}

// [delay]
std::optional<absl::Duration> RetryDelay(const grpc::Status& status) {
  const google::rpc::Status details = Read(status);
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&retry)) return ToDuration(retry);
  }
  return std::nullopt;
}
// [delay]

}  // namespace kv
