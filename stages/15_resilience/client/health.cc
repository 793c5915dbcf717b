// The command health: asks whether the server wants calls.
#include <iostream>

#include "client/command.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace kv {

// [health]
grpc::Status Health(const Call& call) {
  using grpc::health::v1::HealthCheckResponse;
  grpc::health::v1::HealthCheckRequest request;
  if (!call.words.empty()) request.set_service(call.words[0]);
  HealthCheckResponse response;
  const auto stub = grpc::health::v1::Health::NewStub(call.channel);
  grpc::Status status = stub->Check(&call.context, request, &response);
  if (!status.ok()) return status;
  std::cout << HealthCheckResponse::ServingStatus_Name(response.status())
            << "\n";
  if (response.status() == HealthCheckResponse::SERVING) return status;
  return {grpc::StatusCode::UNAVAILABLE, "the server wants no calls"};
}
// [health]

}  // namespace kv
