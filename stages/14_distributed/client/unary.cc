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
  const Attempts attempts =
      Retry(call, Repeat::kAlways, [&](grpc::ClientContext& context) {
        return call.stub.Get(&context, get, &now);
      });
  if (!attempts.status.ok() || now.entry().value() != request.value()) {
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
  grpc::Status status = call.stub.Get(&call.context, request, &response);
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
  if (!WantsRetry()) return Print(put(call.context), response);
  // A conditional write succeeds at most once, so it can be repeated.
  const Attempts attempts = Retry(
      call,
      request.has_expected_revision() ? Repeat::kAlways : Repeat::kIfNotDone,
      put);
  const bool mismatch =
      attempts.status.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
  if (mismatch && attempts.unknown && WasMine(call, request, response)) {
    return Print(grpc::Status::OK, response);
  }
  return Print(attempts.status, response);
}

grpc::Status Delete(const Call& call) {
  v1::DeleteRequest request;
  request.set_key(call.words[0]);
  v1::DeleteResponse response;
  grpc::Status status = call.stub.Delete(&call.context, request, &response);
  if (status.ok()) std::cout << Text(response) << "\n";
  return status;
}

}  // namespace kv
