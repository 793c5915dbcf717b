// The beginning of each handler: who may call, and whether there is a place.
#ifndef SERVICE_ADMIT_H_
#define SERVICE_ADMIT_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "auth/require_user.h"
#include "service/budget.h"
#include "service/error_details.h"

namespace kv {

/// Returns RESOURCE_EXHAUSTED for a call that may be repeated later.
inline grpc::Status TooMany(const std::string& what,
                            const std::string& reason) {
  return WithDetails(grpc::StatusCode::RESOURCE_EXHAUSTED,
                     absl::StrCat("too many ", what, "; try again later"),
                     {ErrorInfo(reason, {}), RetryInfo(kRetryDelay)});
}

// [admit]
/// Takes a place for the call until `place` is destroyed. Returns
/// UNAUTHENTICATED or, if all places are taken or the user has too many,
/// RESOURCE_EXHAUSTED; the message names what there are too many of, such as
/// "calls". The call must leave `spare` places to others. A rejected caller
/// never takes a place, so strangers can't keep users out.
inline grpc::Status Admit(const grpc::CallbackServerContext& context,
                          Budget::Share& place, const std::string& what,
                          std::size_t spare = 0) {
  if (grpc::Status bad = RequireUser(context); !bad.ok()) return bad;
  const std::string user = UserOf(context);
  if (!place.CountFor(user)) {
    return TooMany(absl::StrCat(what, " of ", user), "TOO_MANY_CALLS_OF_USER");
  }
  if (place.Take(1, spare)) return grpc::Status::OK;
  return TooMany(what, "TOO_MANY_CALLS");
}
// [admit]

/// Admits a stream, which its caller can hold open. Streams leave a quarter of
/// the places, rounded down, to unary calls, which end by themselves.
inline grpc::Status AdmitStream(const grpc::CallbackServerContext& context,
                                Budget::Share& place) {
  return Admit(context, place, "calls", place.most() / 4);
}

}  // namespace kv

#endif  // SERVICE_ADMIT_H_
