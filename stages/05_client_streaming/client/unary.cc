// The commands get, put and delete: one request, one response.
#include <cstdint>
#include <iostream>
#include <optional>

#include "absl/flags/flag.h"
#include "client/command.h"
#include "client/text.h"

ABSL_FLAG(
    std::optional<std::int64_t>, expected_revision, std::nullopt,
    "put: write only if the entry is at this revision; 0: only if absent");

namespace kv {

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
  grpc::Status status = call.stub.Put(&call.context, request, &response);
  if (status.ok()) std::cout << Text(response) << "\n";
  return status;
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
