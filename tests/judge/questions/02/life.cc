// Stage 02: how a server starts, stops, and says what is wrong.
#include <csignal>
#include <future>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/plaintext.h"

namespace judge {
namespace {

void Ready(ServerTalk& talk) {
  talk.LookAt(
      "print \"READY HOST:PORT\" and flush it, once BuildAndStart() "
      "has given the port, and nothing on stdout before");
  talk.StartOwn();
  if (!talk.going()) return;
  const ServerTalk::Server& server = talk.shared();
  talk.LookAt("READY means that calls are taken at that address");
  const auto request = GetRequestOf("judge/ready");
  kv::v1::GetResponse response;
  talk.Sent("Get " + Describe(request));
  const grpc::Status status =
      server.stub->Get(NewContext().get(), request, &response);
  talk.Expect(status.error_code() != StatusCode::UNAVAILABLE &&
                  status.error_code() != StatusCode::DEADLINE_EXCEEDED,
              "an answer", Describe(status));
}

void AddressInUse(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "first").Is(Written(revision + 1));
  talk.LookAt(
      "gRPC shares ports (SO_REUSEPORT) unless the channel argument "
      "GRPC_ARG_ALLOW_REUSEPORT is 0; then BuildAndStart() gives "
      "nullptr");
  talk.DoesNotStart({}, "", talk.shared().address);
  talk.LookAt("the first server still takes the calls, all of them");
  talk.Reconnect();
  talk.Get(key).Is(Found(key, "first", revision + 1));
}

void BadFlag(ServerTalk& talk) {
  talk.LookAt(
      "a flag that is not known: one line that names it, exit 1, and "
      "no server");
  talk.DoesNotStart({"--no_such_flag=1"});
}

void Stop(ServerTalk& talk, int signal, const std::string& name) {
  talk.LookAt(
      "block the signals before gRPC starts a thread, wait for one "
      "(sigwait), then Shutdown(deadline) and return from main()");
  talk.StartOwn();
  if (!talk.going()) return;
  const ServerTalk::Server& server = talk.shared();
  // A connection that is open, with no call on it, must not hold it up. By the
  // callback API: its thread goes on reading the connection, and so sees that
  // the server says goodbye. Without one the server waits for all its grace.
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
  talk.LookAt("a process that was left behind holds the port");
  talk.Sent("a new connection");
  talk.Expect(Connected(server.address).get() < 0, "connection refused",
              "someone takes it");
}

void Sigterm(ServerTalk& talk) { Stop(talk, SIGTERM, "SIGTERM"); }

void Sigint(ServerTalk& talk) { Stop(talk, SIGINT, "SIGINT"); }

}  // namespace

std::vector<ServerQuestion> StartQuestions() {
  return {
      {"ready", "one line READY HOST:PORT, then calls are taken", 2, Ready},
  };
}

std::vector<ServerQuestion> LifeQuestions() {
  return {
      {"address_in_use", "a second server on a taken port exits 1", 2,
       AddressInUse},
      {"bad_flag", "an unknown flag is one line on stderr, exit 1", 2, BadFlag},
      {"sigterm", "SIGTERM ends it with exit status 0", 2, Sigterm},
      {"sigint", "Ctrl-C ends it with exit status 0", 2, Sigint},
  };
}

}  // namespace judge
