// Stage 13: a server that somebody else runs.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "questions/all.h"
#include "talk/certificates.h"
#include "talk/detail_talk.h"
#include "talk/guard_talk.h"
#include "talk/stream_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using HealthCall = Stream<HealthCheckRequest, HealthCheckResponse>;

constexpr char kServiceName[] = "kv.v1.KeyValueService";

// Asks for the health of a service, without a token.
std::unique_ptr<HealthCall> Ask(ServerTalk& talk, const std::string& service,
                                const std::string& rpc = "Check") {
  if (!talk.going()) return nullptr;
  talk.Sent(absl::StrCat("grpc.health.v1.Health/", rpc, " {service: \"",
                         service, "\"}"));
  auto call = std::make_unique<HealthCall>(talk.shared().channel,
                                           "/grpc.health.v1.Health/" + rpc);
  HealthCheckRequest request;
  request.set_service(service);
  call->Write(request);
  call->HalfClose();
  return call;
}

HealthCheckResponse Says(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return response;
}

// The whole server, and its service.
void BothAre(ServerTalk& talk, HealthCheckResponse::ServingStatus status) {
  for (const char* const service : {"", kServiceName}) {
    Next(talk, Ask(talk, service), Says(status));
  }
}

void AnswersHealth(ServerTalk& talk) {
  talk.LookAt(
      "gRPC has this service; tell it the status of the whole server and of "
      "each service",
      "grpc::EnableDefaultHealthCheckService(true) before BuildAndStart(), "
      "then SetServingStatus() for each service name");
  BothAre(talk, HealthCheckResponse::SERVING);
  Ends(talk, Ask(talk, "no.such.Service"), StatusCode::NOT_FOUND);
}

void HealthIsOpen(ServerTalk& talk) {
  talk.LookAt(
      "a load balancer has no token, so Check must not need one; all other "
      "rpcs do, Watch of the same service as well");
  StartTls(talk,
           {"--token_file=" + talk.File("tokens", UsersFile()), "--reflection"},
           Token(kAlice));
  BothAre(talk, HealthCheckResponse::SERVING);
  Ends(talk, Ask(talk, kServiceName, "Watch"), StatusCode::UNAUTHENTICATED);
  if (!talk.going()) return;
  const Guarded guarded(talk);
  guarded.IsRefused(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {});
}

// Repeats the question until the answer is another one: nothing else says when
// a server has noticed a signal.
void UntilNotServing(ServerTalk& talk) {
  const absl::Time until = absl::Now() + Patience();
  while (talk.going() && absl::Now() < until) {
    const auto call = Ask(talk, kServiceName);
    const auto said = call->Read();
    if (!said || said->status() != HealthCheckResponse::SERVING) return;
  }
}

void Drains(ServerTalk& talk) {
  talk.LookAt(
      "at SIGTERM say NOT_SERVING first, and serve calls for --drain: until "
      "balancers have noticed, they send calls here");
  talk.StartOwn({"--drain=1h", "--grace=1h"});
  BothAre(talk, HealthCheckResponse::SERVING);
  const auto watch = OpenWatch(talk, "");
  Stands(talk, watch, 0);
  talk.Signal(SIGTERM);
  UntilNotServing(talk);
  BothAre(talk, HealthCheckResponse::NOT_SERVING);
  talk.Put("a", "1").Is(Written(1));
  Next(talk, watch, PutChange("a", "1", 1));
  talk.LookAt("a second SIGTERM ends the wait");
  talk.Signal(SIGTERM);
  Ends(talk, watch, StatusCode::UNAVAILABLE);
  talk.Stops();
}

void HealthWatchEnds(ServerTalk& talk) {
  talk.LookAt(
      "gRPC's health service never ends a Watch, and the stop waits for it "
      "until the grace is over: cancel it");
  talk.StartOwn({"--drain=300ms", "--grace=1h"});
  const auto watch = Ask(talk, kServiceName, "Watch");
  Next(talk, watch, Says(HealthCheckResponse::SERVING));
  talk.Signal(SIGTERM);
  Next(talk, watch, Says(HealthCheckResponse::NOT_SERVING));
  talk.Stops();
}

void UserLimits(ServerTalk& talk) {
  talk.LookAt("count the watches of each user, too");
  StartTls(talk,
           {"--token_file=" + talk.File("tokens", UsersFile()),
            "--max_watches_per_user=1", "--max_calls_per_user=1"},
           Token(kAlice));
  const auto open = [&talk](const std::string& rpc, const std::string& token) {
    talk.Sent(absl::StrCat(rpc, " as the user of ", token));
    return std::make_unique<AnyCall>(talk.shared().channel, rpc,
                                     absl::InfiniteFuture(), Token(token));
  };
  if (!talk.going()) return;
  const auto watch = OpenWatch(talk, "");
  Stands(talk, watch, 0);
  const auto rejected =
      Ends(talk, OpenWatch(talk, ""), StatusCode::RESOURCE_EXHAUSTED);
  if (talk.going()) DetailOf<google::rpc::RetryInfo>(talk, rejected);
  talk.LookAt("the calls of one user leave the others alone");
  const auto pipeline = open("Pipeline", kAlice);  // a call, which stays open
  pipeline->Write(AnyMessage());
  talk.Expect(pipeline->Read().has_value(), "an answer", "none");
  talk.Get("a").Fails(StatusCode::RESOURCE_EXHAUSTED);
  const auto other = open("Watch", kBob);
  other->Write(AnyMessage());
  other->HalfClose();
  talk.Expect(other->Header(kRevisionKey).has_value(), "a Watch of bob's",
              "none");
}

// Opens connections until one fails, at most for this time. Returns the status
// of a call on the last one; NOT_FOUND counts as OK.
grpc::Status ConnectsUntil(ServerTalk& talk, absl::Duration time) {
  const absl::Time until = absl::Now() + time;
  grpc::Status status;
  while (talk.going() && status.ok() && absl::Now() < until) {
    Stream<kv::v1::GetRequest, kv::v1::GetResponse> get(
        talk.shared().ReadyConnection(), "Get");
    get.Write(GetRequestOf("judge/absent"));
    get.HalfClose();
    status = get.End().value_or(grpc::Status::OK);
    if (status.error_code() == StatusCode::NOT_FOUND) {
      status = grpc::Status::OK;
    }
  }
  return status;
}

// Replaces the server's certificate by that of another CA.
void CertificatesReread(ServerTalk& talk) {
  talk.LookAt(
      "at SIGHUP read the certificate again, for new connections; those that "
      "there are go on");
  const auto copy = [&talk](const std::string& from, const std::string& name) {
    return talk.File(name, CertificateText(from));
  };
  talk.StartOwn({absl::StrCat("--tls_cert=", copy("server.crt", "live.crt")),
                 absl::StrCat("--tls_key=", copy("server.key", "live.key"))},
                {TlsToServer()});
  const auto watch = OpenWatch(talk, "");
  Stands(talk, watch, 0);
  if (!talk.going()) return;
  copy("other/server.crt", "live.crt");
  talk.LookAt("a certificate without its key must change nothing");
  talk.Sent("SIGHUP, with a certificate that does not fit the key");
  talk.Signal(SIGHUP);
  // gRPC looks for new files every second.
  const grpc::Status kept = ConnectsUntil(talk, absl::Seconds(2));
  talk.Expect(kept.ok(), "a connection with the old certificate",
              Describe(kept));
  copy("other/server.key", "live.key");
  talk.LookAt("new connections get the new certificate, within seconds");
  talk.Sent("SIGHUP, with another certificate and its key");
  talk.Signal(SIGHUP);
  const grpc::Status status = ConnectsUntil(talk, Patience());
  talk.Expect(status.error_code() == StatusCode::UNAVAILABLE,
              "no connection with the old CA",
              status.ok() ? "a connection" : Describe(status));
  talk.LookAt("a connection with the old certificate goes on");
  talk.Put("a", "1").Is(Written(1));
  Next(talk, watch, PutChange("a", "1", 1));
}

void LogIsJson(ServerTalk& talk) {
  talk.LookAt(
      "write a line of JSON for each call, and escape what a client can "
      "choose: it must not be able to write a line of its own");
  const std::string path = talk.File("tokens", UsersFile());
  StartTls(talk, {"--token_file=" + path, "--log_calls"}, Token(kAlice));
  if (!talk.going()) return;
  const std::size_t said = talk.shared().process->err().size();
  talk.Get("a").Fails(StatusCode::NOT_FOUND);
  AnyCall forged(talk.shared().channel, R"(/a"}{"code":"OK/\x)");
  talk.Sent(R"(a call of /a"}{"code":"OK/\x, without a token)");
  forged.HalfClose();
  forged.End();
  talk.Signal(SIGTERM);
  talk.shared().process->WaitForEnd(Patience());
  int calls = 0;
  for (const auto line :
       absl::StrSplit(talk.shared().process->err().substr(said), '\n')) {
    google::protobuf::Struct fields;
    if (!absl::StartsWith(line, "{")) continue;
    ++calls;
    const bool parsed =
        google::protobuf::util::JsonStringToMessage(std::string(line), &fields)
            .ok();
    talk.Expect(parsed && fields.fields().count("method") == 1,
                "an object with a method", Quoted(std::string(line), 120));
    const std::string code =
        parsed ? fields.fields().at("code").string_value() : "";
    talk.Expect(code == "NOT_FOUND" || code == "UNAUTHENTICATED",
                "the code NOT_FOUND or UNAUTHENTICATED", code);
  }
  talk.Expect(calls == 2, "two lines of JSON on stderr", absl::StrCat(calls));
}

}  // namespace

std::vector<ServerQuestion> OperationsQuestions() {
  return {
      {"health", "grpc.health.v1 knows the server and its service", 13,
       AnswersHealth},
      {"health_open", "Health/Check needs no token, all others do", 13,
       HealthIsOpen},
      {"drain", "SIGTERM: NOT_SERVING, and --drain serves calls", 13, Drains},
      {"health_watch_ends", "an open health Watch does not delay a stop", 13,
       HealthWatchEnds},
      {"user_limits", "a user's calls and watches have a limit", 13,
       UserLimits},
      {"certificates_reread", "SIGHUP: new connections, new certificate", 13,
       CertificatesReread},
      {"log_is_json", "the lines of --log_calls are JSON", 13, LogIsJson},
  };
}

}  // namespace judge
