// Stage 15: a client that knows several servers, and waits for one.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"
#include "questions/all.h"
#include "talk/answers.h"

namespace judge {
namespace {

using grpc::health::v1::HealthCheckResponse;

void Several(ClientTalk& talk) {
  talk.LookAt("--target may be ipv4:IP:PORT,IP:PORT. One of them is enough");
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.Succeeded(talk.RunPastNobody({kLong, "get", "city"}), "Berlin");
  talk.Calls({"Get"});
  talk.LookAt(
      "with the policy pick_first, all calls go to the first server that can "
      "be reached. Choose round_robin: then the next attempt goes to the next "
      "server");
  Recorder& other = talk.ServeAnother();
  talk.AnswerWith(Lost());
  other.AnswerWith(Answers(Found("city", "Bonn", 8)));
  talk.Succeeded(talk.Run({"--timeout=2s", "get", "city"}), "Bonn");
}

// The answer to a Watch of health: one status, then no other.
Answer Health(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  Answer answer = Answers(response);
  answer.never = true;
  return answer;
}

void Unhealthy(ClientTalk& talk) {
  talk.LookAt(
      "a server that drains, or can't write, says NOT_SERVING. The channel "
      "asks each server for its health if the service config says so",
      "healthCheckConfig, and round_robin: pick_first ignores it");
  Recorder& other = talk.ServeAnother();
  talk.AnswerHealth(Health(HealthCheckResponse::NOT_SERVING));
  talk.AnswerWith(Lost());
  other.AnswerHealth(Health(HealthCheckResponse::SERVING));
  other.AnswerInTurn({Fails(Lost()), Fails(Lost()), Fails(Lost()),
                      Answers(Found("city", "Bonn", 8))});
  const Outcome outcome = talk.Run({kLong, "get", "city"});
  const auto calls = talk.TakeCalls();
  talk.Expect(calls.empty(), "no Get at the server that is NOT_SERVING",
              absl::StrCat(calls.size(), " of them"));
  talk.Succeeded(outcome, "Bonn");
}

void Waits(ClientTalk& talk) {
  talk.LookAt(
      "without a connection nothing was sent, so wait for one: even a Put is "
      "safe then",
      "WaitForConnected() of the channel, or wait_for_ready");
  const Outcome outcome =
      talk.RunBeforeServer({kLong, "put", "city", "Bonn"}, Answers(Written(8)));
  talk.Succeeded(outcome, "8");
  talk.Calls({"Put"});
}

// A service config that lets gRPC repeat each Put.
std::string PutPolicy(int attempts, const std::string& policy) {
  return absl::StrCat(
      R"({"methodConfig": [{"name": [{"service": "kv.v1.KeyValueService", )",
      R"("method": "Put"}], ")", policy, R"(": {"maxAttempts": )", attempts,
      R"(, "initialBackoff": "0.01s", "maxBackoff": "0.01s", )",
      R"("backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]})");
}

std::string ConfigFlag(ClientTalk& talk, const std::string& name,
                       const std::string& json) {
  return "--service_config=" + talk.File(name, json);
}

void TakesConfig(ClientTalk& talk) {
  talk.LookAt(
      "--service_config is a file with the channel's service config, which "
      "replaces your own: here it lets gRPC repeat a Put",
      "SetServiceConfigJSON()");
  const std::vector<std::string> words = {
      kLong, "put", "city", "Bonn",
      ConfigFlag(talk, "config.json", PutPolicy(3, "retryPolicy"))};
  talk.AnswerInTurn({Fails(Lost()), Answers(Written(8))});
  const Outcome outcome = talk.Run(words);
  talk.Calls({"Put", "Put"});
  talk.Succeeded(outcome, "8");
  talk.LookAt("--retry=false switches gRPC's own attempts off, too",
              "GRPC_ARG_ENABLE_RETRIES");
  talk.AnswerInTurn({Fails(Lost()), Answers(Written(8))});
  std::vector<std::string> once = words;
  once.emplace_back("--retry=false");
  const Outcome failed = talk.Run(once);
  talk.Calls({"Put"});
  talk.Failed(failed, StatusCode::UNAVAILABLE, "lost\n");
}

void BadConfig(ClientTalk& talk) {
  talk.AnswerWith(Written(8));
  const auto fails = [&talk](const std::string& name, const std::string& json,
                             const std::string& word) {
    const Outcome outcome =
        talk.Run({kLong, "put", "city", "Bonn", ConfigFlag(talk, name, json)});
    const auto calls = talk.TakeCalls();
    talk.Expect(calls.empty(), "no call", "a Put");
    talk.Complained(outcome, name);
    talk.Complained(outcome, word);
  };
  talk.LookAt(
      "check the service config before the first call, and name the file: "
      "gRPC's own error names neither the file nor the mistake");
  fails("broken.json", "{\"loadBalancingConfig\": ", "");
  fails("policy.json", PutPolicy(1, "retryPolicy"), "maxAttempts");
  talk.LookAt(
      "gRPC makes at most 5 attempts, whatever the config says: more than 5 is "
      "an error that names maxAttempts");
  fails("many.json", PutPolicy(9, "retryPolicy"), "maxAttempts");
  talk.LookAt(
      "not every gRPC has hedging, and one that has not ignores the "
      "hedgingPolicy: say so");
  fails("hedging.json", PutPolicy(3, "hedgingPolicy"), "hedgingPolicy");
}

}  // namespace

std::vector<ClientQuestion> ChannelQuestions() {
  return {
      {"several", "with several servers, one that answers is enough", 15,
       Several},
      {"unhealthy", "a server that is NOT_SERVING gets no call", 15, Unhealthy},
      {"waits", "a server that starts later is waited for", 15, Waits},
      {"service_config", "gRPC repeats what the --service_config says", 15,
       TakesConfig},
      {"bad_config", "a mistake in it: file and field, exit 1", 15, BadConfig},
  };
}

}  // namespace judge
