// The parts of ServerTalk that start a server, connect to it and stop it.
#include <algorithm>
#include <cstdlib>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "talk/evidence.h"
#include "talk/outcome.h"
#include "talk/server_talk.h"

namespace judge {
namespace {

std::string WhyNoLine(Process& process) {
  // The server may have closed its output because it is about to end.
  const bool ended =
      process.WaitForEnd(std::min(absl::Seconds(1), Patience())).has_value();
  if (!process.out().empty()) {
    return absl::StrCat(Output(process.out()), " without a newline");
  }
  return ended ? "none" : "none, though it still runs";
}

// Starts a server that is not ready once more, with gRPC's log: BuildAndStart()
// does not say why it returns nullptr. Returns the first error of the log.
std::string GrpcsReason(std::vector<std::string> command,
                        const std::vector<std::string>& flags) {
  command.insert(command.end(), flags.begin(), flags.end());
  const std::string before = std::getenv("GRPC_VERBOSITY");  // main() sets it
  setenv("GRPC_VERBOSITY", "error", /*overwrite=*/1);
  const auto process = Process::Start(command);
  setenv("GRPC_VERBOSITY", before.c_str(), /*overwrite=*/1);
  if (!process.ok()) return "";
  (*process)->WaitForEnd(std::min(absl::Seconds(1), Patience()));
  static const std::regex kError(R"((?:^|\n)E\d{4} [^\n]*\] *([^\n]+))");
  std::smatch match;
  const std::string err = (*process)->err();
  return std::regex_search(err, match, kError) ? Printable(match[1]) : "";
}

}  // namespace

ServerTalk::Server ServerTalk::Start(const std::vector<std::string>& flags,
                                     const Caller& caller) {
  Server server;
  server.caller = caller;
  std::vector<std::string> words = {"--listen=127.0.0.1:0"};
  words.insert(words.end(), flags.begin(), flags.end());
  server.process = Launch(words);
  if (server.process == nullptr) return server;

  const auto line = server.process->FirstLine(Patience());
  const std::string got =
      line.has_value() ? Output(*line) : WhyNoLine(*server.process);
  static const std::regex kReady(R"(READY (127\.0\.0\.1:[1-9][0-9]*))");
  std::smatch match;
  const bool ready = line.has_value() && std::regex_match(*line, match, kReady);
  if (!ready) {
    if (!line.has_value() && !server.process->out().empty()) {
      LookAt("end the line with a newline and flush it", "std::endl does both");
    }
    Evidence evidence = EvidenceOf(*this, *server.process);
    const std::string reason = GrpcsReason(command(), words);
    if (!reason.empty()) evidence.said.push_back("gRPC says: " + reason);
    Expect(false, "READY 127.0.0.1:PORT as the first line on stdout", got,
           evidence);
    return Server();
  }

  server.address = match[1];
  Hide(server.address, "HOST:PORT");
  server.Connect();
  return server;
}

std::shared_ptr<grpc::Channel> ServerTalk::Server::Connection(
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
  // By default, channels to the same address share a connection.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Keeps the flow-control window at HTTP/2's default of 64 KiB.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

std::shared_ptr<grpc::Channel> ServerTalk::Server::ReadyConnection() const {
  auto channel = Connection();
  channel->WaitForConnected(absl::ToChronoTime(absl::Now() + Patience()));
  return channel;
}

void ServerTalk::Server::Connect() {
  channel = Connection();
  stub = kv::v1::KeyValueService::NewStub(channel);
}

void ServerTalk::Server::Disconnect() {
  stub = nullptr;
  channel = nullptr;
}

bool ServerTalk::IsReachable() {
  if (address_.empty()) return true;
  Server server;
  server.address = address_;
  const absl::Time until = absl::Now() + Patience();
  const auto channel = server.Connection();
  auto state = channel->GetState(/*try_to_connect=*/true);
  while (state != GRPC_CHANNEL_READY &&
         state != GRPC_CHANNEL_TRANSIENT_FAILURE &&
         channel->WaitForStateChange(state, absl::ToChronoTime(until))) {
    state = channel->GetState(true);
  }
  return state == GRPC_CHANNEL_READY;
}

void ServerTalk::Signal(int number) {
  if (!address_.empty()) Skip("this question sends a signal to the server");
  if (going()) shared().process->Signal(number);
}

void ServerTalk::Reconnect() {
  if (shared().stub != nullptr) shared().Connect();
}

void ServerTalk::Stops() {
  if (!going()) return;
  const auto end = shared().process->WaitForEnd(Patience());
  Expect(end.has_value() && !end->killed && end->number == 0, "exit status 0",
         end.has_value() ? Describe(*end) : "it still runs");
}

std::string ServerTalk::DoesNotStart(std::vector<std::string> flags,
                                     const std::string& word,
                                     const std::string& listen) {
  flags.insert(flags.begin(), "--listen=" + listen);
  const auto process = Launch(flags);
  if (process == nullptr) return "";
  // Waits until it ends, or until it prints a line such as READY.
  const auto line = process->FirstLine(Patience());
  const auto end =
      process->WaitForEnd(line ? absl::ZeroDuration() : Patience());
  Evidence evidence = EvidenceOfExit(*this, *process);
  evidence.dead = false;  // the advice says how to end
  if (line) {
    Hide(line->substr(line->find(' ') + 1), "HOST:PORT");
    Expect(false, "nothing on stdout", Output(*line), evidence);
  }
  Expect(end.has_value() && !end->killed && end->number == 1, "exit status 1",
         end.has_value() ? Describe(*end) : "it still runs", evidence);
  std::string err = process->err();
  const auto lines = std::count(err.begin(), err.end(), '\n');
  Expect(lines == 1 && err.size() > 1 && err.back() == '\n',
         "exactly one line on stderr", absl::StrCat(lines, " lines"), evidence);
  Expect(absl::StrContains(err, word), absl::StrCat("a line that names ", word),
         Output(err));
  return err;
}

std::unique_ptr<Process> ServerTalk::Launch(
    const std::vector<std::string>& flags) {
  if (!address_.empty()) Skip("this question starts its own server");
  if (!going()) return nullptr;
  Sent(absl::StrCat("server ", absl::StrJoin(flags, " ")));
  std::vector<std::string> words = command();
  words.insert(words.end(), flags.begin(), flags.end());
  return StartProgram(words, *this);
}

}  // namespace judge
