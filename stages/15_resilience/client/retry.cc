#include "client/retry.h"

#include <algorithm>
#include <chrono>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/details.h"

ABSL_FLAG(bool, retry, true,
          "try again after an error, if that is safe; --retry=false: never");
ABSL_FLAG(absl::Duration, attempt_timeout, absl::Seconds(1),
          "how long one attempt may take; more for list and import");

namespace kv {
namespace {

// [unknown]
// Whether the server may have done what was asked for, although the call failed
// with this code. gRPC itself makes statuses with these codes: when the
// connection breaks, when the time is over, and when a message is too large.
// The last three are what a proxy makes of a server that died during a call.
bool MayBeDone(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE ||
         code == grpc::StatusCode::DEADLINE_EXCEEDED ||
         code == grpc::StatusCode::RESOURCE_EXHAUSTED ||
         code == grpc::StatusCode::CANCELLED ||
         code == grpc::StatusCode::UNKNOWN ||
         code == grpc::StatusCode::INTERNAL;
}
// [unknown]

grpc::Status WithNote(const grpc::Status& status, const std::string& note) {
  return {status.error_code(),
          absl::StrCat(status.error_message(), " (", note, ")"),
          status.error_details()};
}

// [connect]
// Waits until the channel has a connection, until shortly before the deadline
// or until a signal. Then an attempt is made in any case: its error tells why
// there is no connection. Returns false if that attempt can't be sent.
bool WaitForConnection(const Call& call) {
  constexpr auto kSlice = std::chrono::milliseconds(100);  // looks for a signal
  constexpr auto kAttempt = std::chrono::milliseconds(500);
  const auto deadline = call.context.deadline() - kAttempt;
  while (!call.cancelled && std::chrono::system_clock::now() < deadline) {
    if (call.channel->WaitForConnected(
            std::min(deadline, std::chrono::system_clock::now() + kSlice))) {
      return true;
    }
  }
  return call.channel->GetState(/*try_to_connect=*/false) !=
         GRPC_CHANNEL_TRANSIENT_FAILURE;
}
// [connect]

// [limit]
// A server that is frozen uses up all of the time that an attempt may take.
std::chrono::system_clock::time_point EndOf(Limit limit, const Call& call) {
  const auto deadline = call.context.deadline();
  if (limit == Limit::kDeadline) return deadline;
  const auto now = std::chrono::system_clock::now();
  const auto least =
      now + absl::ToChronoNanoseconds(absl::GetFlag(FLAGS_attempt_timeout));
  const auto half = now + (deadline - now) / 2;
  return std::min(deadline,
                  limit == Limit::kHalf ? std::max(least, half) : least);
}
// [limit]

grpc::Status Once(
    const Call& call, Limit limit,
    const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  grpc::ClientContext context;
  call.prepare(context);
  context.set_deadline(EndOf(limit, call));
  call.cancel.Guard(context);
  grpc::Status status = attempt(context);
  call.cancel.Guard(call.context);
  return status;
}

}  // namespace

bool WantsRetry() { return absl::GetFlag(FLAGS_retry); }

// [retry]
Attempts Retry(
    const Call& call, Repeat repeat, Limit limit,
    const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  Attempts attempts;
  if (!WantsRetry()) {
    attempts.status = attempt(call.context);
    return attempts;
  }
  if (absl::GetFlag(FLAGS_attempt_timeout) <= absl::ZeroDuration()) {
    call.input_error = "--attempt_timeout must be greater than 0";
    return attempts;
  }
  Backoff backoff;
  for (int count = 1;; ++count) {
    const bool sent = WaitForConnection(call);
    attempts.status = Once(call, limit, attempt);
    const auto promised = RetryDelay(attempts.status);  // it changed nothing
    if (!promised && !MayBeDone(attempts.status.error_code())) return attempts;
    attempts.unknown = attempts.unknown || !promised;
    if (!promised && repeat == Repeat::kIfNotDone) {
      if (sent) {
        attempts.status = WithNote(
            attempts.status, "not tried again: the server may have done it");
      }
      return attempts;
    }
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
