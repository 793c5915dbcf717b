#include "service/operations.h"

#include "auth/require_user.h"
#include "service/convert.h"
#include "service/error_details.h"

namespace kv {

// [get]
grpc::Status Operations::Get(const grpc::CallbackServerContext& context,
                             const v1::GetRequest& request,
                             v1::GetResponse& response) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad);

  const absl::StatusOr<Entry> found = store_.Get(request.key(), Over(context));
  if (!found.ok()) return ToGrpcStatus(found.status());

  *response.mutable_entry() = ToMessage(*found);
  return grpc::Status::OK;
}
// [get]

grpc::Status Operations::Put(const grpc::CallbackServerContext& context,
                             const v1::PutRequest& request,
                             v1::PutResponse& response) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  CheckValue(request.value(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad);

  std::optional<std::int64_t> expected;  // unset and 0 differ
  if (request.has_expected_revision()) expected = request.expected_revision();

  const auto revision =
      store_.Put(request.key(), request.value(), expected, Over(context));
  if (!revision.ok()) return ToGrpcStatus(revision.status());

  response.set_revision(*revision);
  return grpc::Status::OK;
}

grpc::Status Operations::Delete(const grpc::CallbackServerContext& context,
                                const v1::DeleteRequest& request,
                                v1::DeleteResponse& response) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad);

  const auto result = store_.Delete(request.key(), Over(context));
  if (!result.ok()) return ToGrpcStatus(result.status());

  response.set_deleted(result->deleted);
  response.set_revision(result->revision);
  return grpc::Status::OK;
}

// [answer]
v1::PipelineResponse Operations::Answer(
    const grpc::CallbackServerContext& context,
    const v1::PipelineRequest& request) {
  v1::PipelineResponse answer;
  answer.set_id(request.id());
  // The token may have been revoked since the call began.
  grpc::Status status = RequireUser(context);
  if (status.ok()) {
    switch (request.operation_case()) {
      case v1::PipelineRequest::kGetRequest:
        status =
            Get(context, request.get_request(), *answer.mutable_get_response());
        break;
      case v1::PipelineRequest::kPutRequest:
        status =
            Put(context, request.put_request(), *answer.mutable_put_response());
        break;
      case v1::PipelineRequest::kDeleteRequest:
        status = Delete(context, request.delete_request(),
                        *answer.mutable_delete_response());
        break;
      case v1::PipelineRequest::OPERATION_NOT_SET:
        status = {grpc::StatusCode::INVALID_ARGUMENT, "operation: must be set"};
    }
  }
  if (!status.ok()) {
    answer.clear_result();
    answer.set_code(status.error_code());
    answer.set_message(status.error_message());
  }
  return answer;
}
// [answer]

}  // namespace kv
