// The commands get, put and delete: one request, one response.
#include <cstdint>
#include <iostream>
#include <optional>

#include "absl/flags/flag.h"
#include "client/command.h"
#include "client/retry.h"
#include "client/text.h"

ABSL_FLAG(
    std::optional<std::int64_t>, expected_revision, std::nullopt,
    "put: write only if the entry is at this revision; 0: only if absent");

namespace kv {
namespace {

grpc::Status Print(const grpc::Status& status,
                   const v1::PutResponse& response) {
  if (status.ok()) std::cout << Text(response) << "\n";
  return status;
}

grpc::Status Read(const Call& call, const v1::GetRequest& request,
                  v1::GetResponse& response) {
  return Retry(call, Repeat::kAlways, Limit::kShort,
               [&](grpc::ClientContext& context) {
                 return call.stub.Get(&context, request, &response);
               })
      .status;
}

// [mine]
// After an attempt whose answer was lost, a mismatch may come from that very
// attempt. Looks whether the entry is what we wanted to write, and sets the
// revision. This only tells the truth if no other client writes the same value:
// put something into it that only you can have written.
bool WasMine(const Call& call, const v1::PutRequest& request,
             v1::PutResponse& response) {
  v1::GetRequest get;
  get.set_key(request.key());
  v1::GetResponse now;
  if (!Read(call, get, now).ok() || now.entry().value() != request.value()) {
    return false;
  }
  response.set_revision(now.entry().revision());
  return true;
}
// [mine]

}  // namespace

// [get]
grpc::Status Get(const Call& call) {
  v1::GetRequest request;
  request.set_key(call.words[0]);
  v1::GetResponse response;
  grpc::Status status = Read(call, request, response);
  if (status.ok()) std::cout << Text(response) << "\n";
  return status;
}
// [get]

grpc::Status Put(const Call& call) {
  // [put]
  v1::PutRequest request;
  request.set_key(call.words[0]);
  request.set_value(call.words[1]);
  if (const auto expected = absl::GetFlag(FLAGS_expected_revision)) {
    request.set_expected_revision(*expected);  // also when it is 0
  }
  // [put]
  v1::PutResponse response;
  const auto put = [&](grpc::ClientContext& context) {
    return call.stub.Put(&context, request, &response);
  };
  // A conditional write succeeds at most once, so it can be repeated. Another
  // one can't, so it has more time.
  const Attempts attempts =
      request.has_expected_revision()
          ? Retry(call, Repeat::kAlways, Limit::kShort, put)
          : Retry(call, Repeat::kIfNotDone, Limit::kHalf, put);
  const bool mismatch =
      attempts.status.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
  if (mismatch && attempts.unknown && WasMine(call, request, response)) {
    return Print(grpc::Status::OK, response);
  }
  return Print(attempts.status, response);
}

// [delete]
// A Delete without an answer is not repeated, because meanwhile somebody else
// may have written the entry again. But if the entry is absent, that is what
// the caller wanted.
grpc::Status Delete(const Call& call) {
  v1::DeleteRequest request;
  request.set_key(call.words[0]);
  v1::DeleteResponse response;
  const Attempts attempts =
      Retry(call, Repeat::kIfNotDone, Limit::kHalf,
            [&](grpc::ClientContext& context) {
              return call.stub.Delete(&context, request, &response);
            });
  if (attempts.status.ok()) {
    std::cout << Text(response) << "\n";
  } else if (attempts.unknown) {
    v1::GetRequest get;
    get.set_key(call.words[0]);
    v1::GetResponse now;
    if (Read(call, get, now).error_code() == grpc::StatusCode::NOT_FOUND) {
      std::cout << "absent\n";
      return grpc::Status::OK;
    }
  }
  return attempts.status;
}
// [delete]

}  // namespace kv
