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
namespace {

bool MayBeDone(grpc::StatusCode code) {
  if (Mistake("repeats_unavailable_alone")) return code == grpc::UNAVAILABLE;
  return code == grpc::UNAVAILABLE || code == grpc::DEADLINE_EXCEEDED ||
         code == grpc::RESOURCE_EXHAUSTED || code == grpc::CANCELLED ||
         code == grpc::UNKNOWN || code == grpc::INTERNAL;
}

}  // namespace

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

bool Repeats(const grpc::Status& status) {
  const grpc::StatusCode code = status.error_code();
  if (!absl::GetFlag(FLAGS_retry) || status.ok()) return false;
  return RetryMilliseconds(status) >= 0 || MayBeDone(code) ||
         (code == grpc::NOT_FOUND && Mistake("repeats_not_found")) ||
         (code == grpc::FAILED_PRECONDITION && Mistake("repeats_mismatches"));
}

grpc::Status Retry(const std::function<grpc::Status()>& call, bool conditional,
                   bool& lost) {
  const absl::Time until = absl::Now() + absl::GetFlag(FLAGS_timeout);
  for (;;) {
    grpc::Status status = call();
    const std::int64_t promised = RetryMilliseconds(status);
    if (!Repeats(status) || Mistake("never_repeats")) return status;
    lost = lost || promised < 0;
    if (promised < 0 && !conditional && !Mistake("repeats_anything")) {
      if (Mistake("stays_silent")) return status;
      return {status.error_code(), status.error_message() + ", given up"};
    }
    if (promised >= 0 && Mistake("ignores_promises")) return status;
    const bool hurries = Mistake("does_not_wait") || promised < 0;
    absl::SleepFor(absl::Milliseconds(hurries ? 20 : promised));
    if (absl::Now() > until && !Mistake("repeats_forever")) return status;
  }
}

}  // namespace wrong
