// Stage 02: how a server starts, how it stops, and how it reports errors.
#include <csignal>
#include <future>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/plaintext.h"

namespace judge {
namespace {

void Ready(ServerTalk& talk) {
  talk.LookAt(
      "print \"READY HOST:PORT\" and flush it as soon as the server listens, "
      "with the port that it has got. Print nothing on stdout before it",
      "BuildAndStart() has set the port; std::endl flushes");
  talk.StartOwn();
  if (!talk.going()) return;
  const ServerTalk::Server& server = talk.shared();
  talk.LookAt(
      "after READY the server must accept calls at that address, and the "
      "handler must return");
  const auto request = GetRequestOf("judge/ready");
  kv::v1::GetResponse response;
  talk.Sent("Get " + Describe(request));
  const grpc::Status status =
      server.stub->Get(NewContext().get(), request, &response);
  talk.Expect(status.error_code() != StatusCode::UNAVAILABLE &&
                  status.error_code() != StatusCode::DEADLINE_EXCEEDED,
              "an answer", Describe(talk.Explain(status)));
  server.process->Drain();
  const std::string& out = server.process->out();
  talk.Expect(out.find("READY") == out.rfind("READY"), "one line READY",
              absl::StrCat("two: ", Quoted(out, 80)));
}

void AddressInUse(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "first").Is(Written(revision + 1));
  talk.LookAt(
      "gRPC lets two servers share a port (SO_REUSEPORT) unless you set the "
      "channel argument grpc.so_reuseport to 0",
      "GRPC_ARG_ALLOW_REUSEPORT; BuildAndStart() then returns nullptr");
  talk.DoesNotStart({}, "", talk.shared().address);
  talk.LookAt("the first server must still receive every call");
  talk.Reconnect();
  talk.Get(key).Is(Found(key, "first", revision + 1));
}

void BadFlag(ServerTalk& talk) {
  talk.LookAt(
      "for an unknown flag, print one line that names it and exit with 1, "
      "without starting a server");
  talk.DoesNotStart({"--no_such_flag=1"});
}

void Stop(ServerTalk& talk, int signal, const std::string& name) {
  talk.LookAt(
      "on SIGTERM and SIGINT stop the server: give open calls a deadline, then "
      "exit with 0",
      "block the signals before gRPC starts a thread, wait for one with "
      "sigwait(), then call Shutdown(deadline) and return from main()");
  talk.StartOwn();
  if (!talk.going()) return;
  const ServerTalk::Server& server = talk.shared();
  // An open connection without a call must not delay the stop. We use the
  // callback API because its thread keeps reading the connection and sees the
  // server's GOAWAY. Without such a thread the server waits for its whole
  // grace.
  const auto request = GetRequestOf("judge/stop");
  kv::v1::GetResponse response;
  talk.Sent("Get " + Describe(request));
  const auto context = NewContext();
  std::promise<grpc::Status> ended;
  server.stub->async()->Get(
      context.get(), &request, &response,
      [&ended](grpc::Status end) { ended.set_value(std::move(end)); });
  const grpc::Status status = ended.get_future().get();
  talk.Expect(status.error_code() == StatusCode::NOT_FOUND, "NOT_FOUND",
              Describe(status));

  talk.Sent(name);
  talk.Signal(signal);
  talk.Stops();
  talk.LookAt("a child process that still runs keeps the port open");
  talk.Sent("open a new connection");
  talk.Expect(Connected(server.address).get() < 0, "connection refused",
              "the connection is accepted");
}

void Sigterm(ServerTalk& talk) { Stop(talk, SIGTERM, "SIGTERM"); }

void Sigint(ServerTalk& talk) { Stop(talk, SIGINT, "SIGINT"); }

}  // namespace

std::vector<ServerQuestion> StartQuestions() {
  return {
      {"ready", "one line READY HOST:PORT, then it accepts calls", 2, Ready},
  };
}

std::vector<ServerQuestion> LifeQuestions() {
  return {
      {"address_in_use", "a second server on a taken port exits 1", 2,
       AddressInUse},
      {"bad_flag", "an unknown flag: one line on stderr, exit 1", 2, BadFlag},
      {"sigterm", "SIGTERM ends it with exit status 0", 2, Sigterm},
      {"sigint", "Ctrl-C ends it with exit status 0", 2, Sigint},
  };
}

}  // namespace judge
