#include "talk/answers.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace judge {

grpc::Status WithDetail(grpc::StatusCode code, const std::string& message,
                        const google::protobuf::Message& detail) {
  google::rpc::Status all;
  all.set_code(code);
  all.set_message(message);
  [[maybe_unused]] const bool packed = all.add_details()->PackFrom(detail);
  return {code, message, all.SerializeAsString()};
}

grpc::Status Promised(int milliseconds) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(milliseconds * 1'000'000);
  return WithDetail(grpc::StatusCode::ABORTED, "not now", retry);
}

const grpc::Status& Lost() {
  static const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "lost");
  return kLost;
}

Answer Fails(const grpc::Status& status) { return {status, {}}; }

Answer Answers(const google::protobuf::Message& message) {
  return {grpc::Status::OK, {message.SerializeAsString()}};
}

}  // namespace judge
