#include "service/operations.h"

#include <utility>

#include "auth/require_user.h"
#include "service/convert.h"
#include "service/error_details.h"

namespace kv {

// [get]
void Operations::Get(const grpc::CallbackServerContext& context,
                     const v1::GetRequest& request, v1::GetResponse& response,
                     Finished finished) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  if (!bad.field_violations().empty()) return finished(Invalid(bad));

  store_.WhenCurrent(
      reads_, [this, &context, &response, key = request.key(),
               finished = std::move(finished)](const absl::Status& current) {
        if (!current.ok()) return finished(ToGrpcStatus(current));
        const absl::StatusOr<Entry> found =
            store_.Get(key, Over(context, /*waited=*/store_.shared()));
        if (!found.ok()) return finished(ToGrpcStatus(found.status()));
        *response.mutable_entry() = ToMessage(*found);
        finished(grpc::Status::OK);
      });
}
// [get]

void Operations::GetInTurn(const grpc::CallbackServerContext& context,
                           const v1::GetRequest& request,
                           v1::GetResponse& response, Finished finished) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  if (!bad.field_violations().empty()) return finished(Invalid(bad));

  store_.GetInTurn(request.key(), Over(context, /*waited=*/true),
                   [&response, finished = std::move(finished)](
                       const absl::StatusOr<Entry>& found) {
                     if (!found.ok()) {
                       return finished(ToGrpcStatus(found.status()));
                     }
                     *response.mutable_entry() = ToMessage(*found);
                     finished(grpc::Status::OK);
                   });
}

// [put]
void Operations::Put(const grpc::CallbackServerContext& context,
                     const v1::PutRequest& request, v1::PutResponse& response,
                     Finished finished) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  CheckValue(request.value(), bad);
  if (!bad.field_violations().empty()) return finished(Invalid(bad));

  std::optional<std::int64_t> expected;  // unset and 0 differ
  if (request.has_expected_revision()) expected = request.expected_revision();

  store_.Put(request.key(), request.value(), expected,
             Over(context, /*waited=*/true),
             [&response, finished = std::move(finished)](
                 const absl::StatusOr<std::int64_t>& revision) {
               if (!revision.ok()) {
                 return finished(ToGrpcStatus(revision.status()));
               }
               response.set_revision(*revision);
               finished(grpc::Status::OK);
             });
}
// [put]

void Operations::Delete(const grpc::CallbackServerContext& context,
                        const v1::DeleteRequest& request,
                        v1::DeleteResponse& response, Finished finished) {
  google::rpc::BadRequest bad;
  CheckKey(request.key(), bad);
  if (!bad.field_violations().empty()) return finished(Invalid(bad));

  store_.Delete(request.key(), Over(context, /*waited=*/true),
                [&response, finished = std::move(finished)](
                    const absl::StatusOr<Deletion>& result) {
                  if (!result.ok()) {
                    return finished(ToGrpcStatus(result.status()));
                  }
                  response.set_deleted(result->deleted);
                  response.set_revision(result->revision);
                  finished(grpc::Status::OK);
                });
}

// [answer]
void Operations::Answer(const grpc::CallbackServerContext& context,
                        const v1::PipelineRequest& request,
                        v1::PipelineResponse& answer,
                        std::function<void()> finished) {
  answer.set_id(request.id());
  Finished fill = [&answer,
                   finished = std::move(finished)](const grpc::Status& status) {
    if (!status.ok()) {
      answer.clear_result();
      answer.set_code(status.error_code());
      answer.set_message(status.error_message());
    }
    finished();
  };
  // The token may have been revoked since the call began.
  if (grpc::Status bad = RequireUser(context); !bad.ok()) return fill(bad);
  switch (request.operation_case()) {
    case v1::PipelineRequest::kGetRequest:
      return GetInTurn(context, request.get_request(),
                       *answer.mutable_get_response(), std::move(fill));
    case v1::PipelineRequest::kPutRequest:
      return Put(context, request.put_request(), *answer.mutable_put_response(),
                 std::move(fill));
    case v1::PipelineRequest::kDeleteRequest:
      return Delete(context, request.delete_request(),
                    *answer.mutable_delete_response(), std::move(fill));
    case v1::PipelineRequest::OPERATION_NOT_SET:
      fill({grpc::StatusCode::INVALID_ARGUMENT, "operation: must be set"});
  }
}
// [answer]

}  // namespace kv
