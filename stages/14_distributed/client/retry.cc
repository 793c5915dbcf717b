#include "client/retry.h"

#include <algorithm>
#include <chrono>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/details.h"

ABSL_FLAG(bool, retry, false,
          "put, import: try again after an error, if that is safe");
ABSL_FLAG(absl::Duration, attempt_timeout, absl::Seconds(1),
          "with --retry, how long one attempt may take");

namespace kv {
namespace {

// [unknown]
// Whether the server may have done what was asked for, although the call failed
// with this code. gRPC itself makes statuses with these codes: when the
// connection breaks, when the time is over, and when a message is too large.
bool MayBeDone(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE ||
         code == grpc::StatusCode::DEADLINE_EXCEEDED ||
         code == grpc::StatusCode::RESOURCE_EXHAUSTED;
}
// [unknown]

grpc::Status WithNote(const grpc::Status& status, const std::string& note) {
  return {status.error_code(),
          absl::StrCat(status.error_message(), " (", note, ")"),
          status.error_details()};
}

grpc::Status Once(
    const Call& call,
    const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  const absl::Duration time = absl::GetFlag(FLAGS_attempt_timeout);
  if (time <= absl::ZeroDuration()) {
    call.input_error = "--attempt_timeout must be greater than 0";
    return grpc::Status::CANCELLED;
  }
  grpc::ClientContext context;
  call.prepare(context);
  context.set_deadline(std::min(call.context.deadline(),
                                absl::ToChronoTime(absl::Now() + time)));
  call.cancel.Guard(context);
  grpc::Status status = attempt(context);
  call.cancel.Guard(call.context);
  return status;
}

}  // namespace

bool WantsRetry() { return absl::GetFlag(FLAGS_retry); }

// [retry]
Attempts Retry(
    const Call& call, Repeat repeat,
    const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  Attempts attempts;
  Backoff backoff;
  for (int count = 1;; ++count) {
    attempts.status = Once(call, attempt);
    const auto promised = RetryDelay(attempts.status);  // it changed nothing
    if (!promised && !MayBeDone(attempts.status.error_code())) return attempts;
    if (!promised && repeat == Repeat::kIfNotDone) {
      attempts.status = WithNote(
          attempts.status, "not tried again: the server may have done it");
      return attempts;
    }
    attempts.unknown = attempts.unknown || !promised;
    const absl::Duration wait =
        promised.value_or(absl::ZeroDuration()) + backoff.Next();
    const bool late =
        absl::ToChronoTime(absl::Now() + wait) >= call.context.deadline();
    if (late || !call.cancel.WaitFor(absl::ToChronoNanoseconds(wait))) {
      attempts.status =
          WithNote(attempts.status, absl::StrCat("attempts: ", count));
      return attempts;
    }
  }
}
// [retry]

absl::Duration Backoff::Next() {
  std::uniform_real_distribution<double> below(0, 1);
  const absl::Duration next = bound_ * below(random_);
  bound_ = std::min(bound_ * 2, absl::Seconds(1));
  return next;
}

}  // namespace kv
