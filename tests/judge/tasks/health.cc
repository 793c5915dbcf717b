// Tasks of stage 13: a third name for health, and a client that follows it.
#include <string>

#include "grpc/health/v1/health.pb.h"
#include "questions/all.h"
#include "talk/client_talk.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthCheckResponse StatusOf(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return response;
}

void DiskHealth(ServerTalk& talk) {
  talk.LookAt(
      "kv.v1.disk is SERVING if the server has --data, otherwise NOT_SERVING");
  for (const bool has : {true, false}) {
    talk.StartOwn(has ? std::vector<std::string>{"--data=" + talk.Path("data")}
                      : std::vector<std::string>());
    if (!talk.going()) return;
    talk.Sent("grpc.health.v1.Health/Check {service: \"kv.v1.disk\"}");
    const auto call =
        std::make_unique<Stream<HealthCheckRequest, HealthCheckResponse>>(
            talk.shared().channel, "/grpc.health.v1.Health/Check");
    HealthCheckRequest request;
    request.set_service("kv.v1.disk");
    call->Write(request);
    call->HalfClose();
    Next(talk, call,
         StatusOf(has ? HealthCheckResponse::SERVING
                      : HealthCheckResponse::NOT_SERVING));
  }
}

void HealthChanges(ClientTalk& talk) {
  talk.LookAt("with --changes, call Health/Watch and print each status");
  Answer answer;
  answer.status = grpc::Status(StatusCode::UNAVAILABLE, "stops");
  answer.messages = {
      StatusOf(HealthCheckResponse::SERVING).SerializeAsString(),
      StatusOf(HealthCheckResponse::NOT_SERVING).SerializeAsString(),
      StatusOf(HealthCheckResponse::SERVING).SerializeAsString()};
  talk.AnswerHealth(answer);  // of Watch alone
  talk.FailedAfter(talk.Run({kLong, "health", "--changes"}),
                   StatusCode::UNAVAILABLE, "stops",
                   {"SERVING", "NOT_SERVING", "SERVING"});
}

}  // namespace

std::vector<ServerQuestion> HealthTasks() {
  return {{"disk_health", "health has a name for the disk", 13, DiskHealth}};
}

std::vector<ClientQuestion> HealthClientTasks() {
  return {{"follow_health", "health --changes prints each change", 13,
           HealthChanges}};
}

}  // namespace judge
