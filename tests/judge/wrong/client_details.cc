// How the wrong client reads details, and when it repeats a call.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "wrong/client.h"
#include "wrong/mistake.h"

ABSL_FLAG(bool, retry, false, "try again");

namespace wrong {

std::string DetailsText(const grpc::Status& status) {
  google::rpc::Status all;
  if (Mistake("prints_no_details") || status.error_details().empty()) return "";
  if (!all.ParseFromString(status.error_details())) {
    if (Mistake("dies_of_details")) std::abort();
    return "";
  }
  google::rpc::ErrorInfo info;
  if (all.details_size() == 0 || !all.details(0).UnpackTo(&info)) return "";
  std::string text = " " + info.reason();
  for (const auto& value : info.metadata()) text += " " + value.second;
  return text;
}

std::int64_t RetryMilliseconds(const grpc::Status& status) {
  google::rpc::Status all;
  google::rpc::RetryInfo retry;
  if (!all.ParseFromString(status.error_details())) return -1;
  if (all.details_size() == 0 || !all.details(0).UnpackTo(&retry)) return -1;
  return retry.retry_delay().seconds() * 1000 +
         retry.retry_delay().nanos() / 1'000'000;
}

grpc::Status Retry(const std::function<grpc::Status()>& call, bool conditional,
                   bool& lost) {
  const absl::Time until = absl::Now() + absl::GetFlag(FLAGS_timeout);
  for (;;) {
    grpc::Status status = call();
    const std::int64_t promised = RetryMilliseconds(status);
    const bool unknown = status.error_code() == grpc::StatusCode::UNAVAILABLE;
    if (status.ok() || !absl::GetFlag(FLAGS_retry) ||
        Mistake("never_repeats") || (promised < 0 && !unknown)) {
      return status;
    }
    if (promised < 0 && !conditional && !Mistake("repeats_anything")) {
      if (Mistake("stays_silent")) return status;
      return {status.error_code(), status.error_message() + ", given up"};
    }
    if (promised >= 0 && Mistake("ignores_promises")) return status;
    lost = lost || promised < 0;
    const bool hurries = Mistake("does_not_wait") || promised < 0;
    absl::SleepFor(absl::Milliseconds(hurries ? 20 : promised));
    if (absl::Now() > until && !Mistake("repeats_forever")) return status;
  }
}

}  // namespace wrong
