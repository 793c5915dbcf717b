// Repeats a call that failed, if that is safe.
//
// After some errors nobody knows whether the server did what it was asked for:
// the answer may have been lost. Repeating a write is then only safe if it is
// conditional, because it succeeds at most once. After an error with RetryInfo
// it is always safe: the server promises that it changed nothing.
#ifndef CLIENT_RETRY_H_
#define CLIENT_RETRY_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <optional>
#include <random>

#include "absl/time/time.h"
#include "client/command.h"

namespace kv {

/// Whether calls are repeated at all (--retry).
bool WantsRetry();

/// When a call may be repeated.
enum class Repeat {
  kIfNotDone,  ///< After RetryInfo.
  kAlways,     ///< Also if an attempt may have been done.
};

/// How long one attempt may take.
enum class Limit {
  kShort,     ///< --attempt_timeout, for an answer of one message.
  kHalf,      ///< Half of the time that is left, at least --attempt_timeout:
              ///< there is time for another attempt, or for a look.
  kDeadline,  ///< All the time that is left, for a stream that does not end.
};

/// How the attempts ended.
struct Attempts {
  grpc::Status status;   ///< Of the last one.
  bool unknown = false;  ///< Whether any of them may have been done, unless the
                         ///< last one succeeded.
};

/// Makes the call until it succeeds, until its error is final, or until the
/// deadline of `call.context`, which is that of all attempts together. Before
/// an attempt it waits for a connection, so that a write is not sent into
/// nowhere. Each attempt gets a new context, because a context is for one call.
/// If an attempt may have been done and `repeat` does not allow another one,
/// the message says so. Without --retry there is one attempt.
Attempts Retry(
    const Call& call, Repeat repeat, Limit limit,
    const std::function<grpc::Status(grpc::ClientContext&)>& attempt);

/// Times to wait between attempts: they double, up to a second. Each is chosen
/// at random below that bound ("full jitter"), so that clients which failed
/// together don't come back together.
class Backoff final {
 public:
  absl::Duration Next();  ///< The next time to wait.

 private:
  absl::Duration bound_ = absl::Milliseconds(50);
  std::mt19937 random_{std::random_device()()};
};

}  // namespace kv

#endif  // CLIENT_RETRY_H_
