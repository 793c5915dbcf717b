// Stage 13: a client that asks for a server's health.
#include <string>

#include "grpc/health/v1/health.pb.h"
#include "questions/all.h"
#include "talk/client_talk.h"

namespace judge {
namespace {

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

void Asks(ClientTalk& talk) {
  talk.LookAt("call grpc.health.v1.Health/Check and print the status");
  HealthCheckResponse response;
  response.set_status(HealthCheckResponse::SERVING);
  talk.AnswerWith(response);
  talk.Succeeded(talk.Run({kLong, "health", "kv.v1.KeyValueService"}),
                 "SERVING");
  HealthCheckRequest request;
  request.set_service("kv.v1.KeyValueService");
  Carried(talk, talk.OneCall(kCheck), 0, request);
  talk.LookAt("a script must see it in the exit status, UNAVAILABLE's");
  response.set_status(HealthCheckResponse::NOT_SERVING);
  talk.AnswerWith(response);
  const Outcome outcome = talk.Run({kLong, "health"});
  talk.FailedAfter(outcome, StatusCode::UNAVAILABLE, "", {"NOT_SERVING"});
  Carried(talk, talk.OneCall(kCheck), 0, HealthCheckRequest());
}

}  // namespace

std::vector<ClientQuestion> HealthQuestions() {
  return {
      {"health", "health prints the status, and exits with 0 or 14", 13, Asks}};
}

}  // namespace judge
