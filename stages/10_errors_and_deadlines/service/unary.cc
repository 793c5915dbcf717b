#include "service/service.h"

#include "auth/require_user.h"
#include "service/convert.h"
#include "service/error_details.h"

namespace kv {

// [get]
grpc::Status KeyValueServiceImpl::Get(grpc::ServerContext* context,
                                      const v1::GetRequest* request,
                                      v1::GetResponse* response) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  google::rpc::BadRequest bad;
  CheckKey(request->key(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad);

  const absl::StatusOr<Entry> found =
      store_.Get(request->key(), Over(*context));
  if (!found.ok()) return ToGrpcStatus(found.status());

  *response->mutable_entry() = ToMessage(*found);
  return grpc::Status::OK;
}
// [get]

// [put]
grpc::Status KeyValueServiceImpl::Put(grpc::ServerContext* context,
                                      const v1::PutRequest* request,
                                      v1::PutResponse* response) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  google::rpc::BadRequest bad;
  CheckKey(request->key(), bad);
  CheckValue(request->value(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad);

  std::optional<std::int64_t> expected;  // unset and 0 differ
  if (request->has_expected_revision()) expected = request->expected_revision();

  const auto revision =
      store_.Put(request->key(), request->value(), expected, Over(*context));
  if (!revision.ok()) return ToGrpcStatus(revision.status());

  response->set_revision(*revision);
  return grpc::Status::OK;
}
// [put]

grpc::Status KeyValueServiceImpl::Delete(grpc::ServerContext* context,
                                         const v1::DeleteRequest* request,
                                         v1::DeleteResponse* response) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  google::rpc::BadRequest bad;
  CheckKey(request->key(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad);

  const auto result = store_.Delete(request->key(), Over(*context));
  if (!result.ok()) return ToGrpcStatus(result.status());

  response->set_deleted(result->deleted);
  response->set_revision(result->revision);
  return grpc::Status::OK;
}

}  // namespace kv
