#include "wrong/details.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "wrong/mistake.h"

namespace wrong {
namespace {

grpc::Status With(const grpc::Status& status,
                  const google::protobuf::Message& detail) {
  if (Mistake("no_details")) return status;
  google::rpc::Status all;
  if (!Mistake("details_have_no_code")) all.set_code(status.error_code());
  all.set_message(status.error_message());
  [[maybe_unused]] const bool packed = all.add_details()->PackFrom(detail);
  return {
      status.error_code(), status.error_message(),
      Mistake("details_are_text") ? "the details" : all.SerializeAsString()};
}

}  // namespace

grpc::Status WithReason(const grpc::Status& status, const std::string& reason,
                        const std::string& name, std::int64_t value) {
  google::rpc::ErrorInfo info;
  info.set_reason(Mistake("reason_is_message") ? status.error_message()
                                               : reason);
  info.set_domain("kv.v1");
  if (!Mistake("reason_without_revision")) {
    (*info.mutable_metadata())[name] = std::to_string(value);
  }
  return With(status, info);
}

grpc::Status WithViolations(const grpc::Status& status,
                            const std::vector<std::string>& fields) {
  google::rpc::BadRequest bad;
  for (const std::string& field : fields) {
    bad.add_field_violations()->set_field(field);
    if (Mistake("first_violation_only")) break;
  }
  return With(status, bad);
}

grpc::Status NotDone(const grpc::Status& status) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  return With(status, retry);
}

grpc::Status Busy(const std::string& what) {
  grpc::Status status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many " + what);
  return Mistake("busy_promises_nothing") ? status : NotDone(status);
}

}  // namespace wrong
