#include "talk/client_talk.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ask/flags.h"
#include "ask/text.h"

namespace judge {
namespace {

// A port that is taken, so that nobody else gets it, but on which nobody
// listens: connections are refused as long as the descriptor is open.
struct NobodysPort {
  Descriptor descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string address;

  NobodysPort() {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const raw = reinterpret_cast<sockaddr*>(&name);
    socklen_t size = sizeof name;
    if (bind(descriptor.get(), raw, size) != 0) return;
    if (getsockname(descriptor.get(), raw, &size) != 0) return;
    address = absl::StrCat("127.0.0.1:", ntohs(name.sin_port));
  }
};

std::string Methods(const std::vector<Received>& calls) {
  if (calls.empty()) return "no call";
  return absl::StrJoin(calls, ", ", [](std::string* text, const auto& call) {
    absl::StrAppend(text, call.method);
  });
}

}  // namespace

ClientTalk::ClientTalk(std::vector<std::string> command,
                       Conversation& conversation)
    : command_(std::move(command)),
      conversation_(conversation),
      scratch_(conversation) {}

void ClientTalk::Begin(const std::string& name) {
  conversation_.Begin(name);
  Serve(grpc::InsecureServerCredentials());
}

void ClientTalk::Serve(
    const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  recorder_ = std::make_unique<Recorder>(credentials);
  if (recorder_->address().empty()) {
    conversation_.GiveUp("cannot listen on 127.0.0.1");
  }
  conversation_.Hide(recorder_->address(), "HOST:PORT");
}

void ClientTalk::AnswerWith(const google::protobuf::Message& message) {
  recorder_->AnswerWith(
      Answer{grpc::Status::OK, {message.SerializeAsString()}});
}

void ClientTalk::AnswerWith(const grpc::Status& status) {
  recorder_->AnswerWith(Answer{status, {}});
}

void ClientTalk::NeverAnswer() {
  Answer answer;
  answer.never = true;
  recorder_->AnswerWith(answer);
}

Outcome ClientTalk::Run(const std::vector<std::string>& words,
                        const std::string& input) {
  const auto process = Launch(words, input);
  return process == nullptr ? Outcome() : Wait(*process);
}

Outcome ClientTalk::RunAgainstNobody(const std::vector<std::string>& words) {
  const NobodysPort port;
  if (port.address.empty()) conversation_.GiveUp("cannot take a port");
  conversation_.Hide(port.address, "HOST:PORT");
  const auto process = LaunchAt(port.address, words, "/dev/null");
  return process == nullptr ? Outcome() : Wait(*process);
}

std::unique_ptr<Process> ClientTalk::Launch(
    const std::vector<std::string>& words, const std::string& input) {
  return LaunchAt(recorder_->address(), words, input);
}

std::unique_ptr<Process> ClientTalk::LaunchAt(
    const std::string& address, const std::vector<std::string>& words,
    const std::string& input) {
  if (!conversation_.going()) return nullptr;
  std::string typed = "client";
  for (const std::string& word : words) {
    const char* const quote = absl::StrContains(word, ' ') ? "'" : "";
    absl::StrAppend(&typed, " ", quote, word, quote);
  }
  if (input != "/dev/null") absl::StrAppend(&typed, " < ", input);
  conversation_.Sent(typed);
  std::vector<std::string> all = command_;
  all.push_back("--target=" + address);
  all.insert(all.end(), words.begin(), words.end());
  auto process = Process::Start(all, input);
  if (!process.ok()) {
    conversation_.GiveUp(absl::StrCat("cannot start ", Quoted(all[0]), ": ",
                                      process.status().message()));
    return nullptr;
  }
  return *std::move(process);
}

Outcome ClientTalk::Wait(Process& process) {
  return WaitForOutcome(process, conversation_);
}

Received ClientTalk::OneCall(const std::string& rpc, std::size_t messages) {
  if (!conversation_.going()) return {};
  const std::string method = "/kv.v1.KeyValueService/" + rpc;
  const std::vector<Received> calls = TakeCalls();
  conversation_.Expect(calls.size() == 1 && calls[0].method == method,
                       "one call: " + method, Methods(calls));
  if (!conversation_.going()) return {};
  const Received& call = calls[0];
  conversation_.Expect(
      call.half_closed, "half-close: the client's word that it sends no more",
      absl::StrCat(call.messages.size(),
                   call.messages.size() == 1 ? " message" : " messages",
                   ", and no half-close"));
  conversation_.Expect(
      call.messages.size() == messages,
      messages == 1 ? "one message" : absl::StrCat(messages, " messages"),
      absl::StrCat(call.messages.size()));
  return conversation_.going() ? call : Received();
}

std::vector<Received> ClientTalk::Calls(const std::vector<std::string>& rpcs) {
  if (!conversation_.going()) return {};
  std::vector<Received> calls = TakeCalls();
  const std::string wanted =
      absl::StrJoin(rpcs, ", ", [](std::string* text, const std::string& rpc) {
        absl::StrAppend(text, "/kv.v1.KeyValueService/", rpc);
      });
  conversation_.Expect(Methods(calls) == wanted, wanted, Methods(calls));
  for (const Received& call : calls) {
    conversation_.Expect(call.half_closed, "half-close after each request",
                         "a call without it");
  }
  return conversation_.going() ? calls : std::vector<Received>();
}

void ClientTalk::NoWholeCall() {
  if (!conversation_.going()) return;
  for (const Received& call : TakeCalls()) {
    conversation_.Expect(
        !call.half_closed, "no call, or one that is cancelled",
        absl::StrCat("a half-close after ", call.messages.size(),
                     " messages: a server would take them for all"));
  }
}

void ClientTalk::Succeeded(const Outcome& outcome, const std::string& text) {
  conversation_.Expect(outcome.status == 0, "exit status 0",
                       absl::StrCat("exit status ", outcome.status, ", stderr ",
                                    Output(outcome.err)));
  conversation_.Expect(outcome.err.empty(), "nothing on stderr",
                       Output(outcome.err));
  conversation_.Expect(absl::StrContains(outcome.out, text),
                       absl::StrCat("stdout with ", text, " in it"),
                       Output(outcome.out));
}

void ClientTalk::FailedAfter(const Outcome& outcome, grpc::StatusCode code,
                             const std::string& message,
                             const std::vector<std::string>& texts) {
  ExpectOneLine(outcome, conversation_);
  const std::string start = absl::StrCat(CodeName(code), ": ", message);
  conversation_.Expect(absl::StartsWith(outcome.err, start),
                       absl::StrCat("a line that starts with ", Quoted(start)),
                       Output(outcome.err));
  conversation_.Expect(outcome.status == code,
                       absl::StrCat("exit status ", code),
                       absl::StrCat("exit status ", outcome.status));
  Printed(outcome, texts);
}

void ClientTalk::Failed(const Outcome& outcome, grpc::StatusCode code,
                        const std::string& message) {
  FailedAfter(outcome, code, message, {});
  conversation_.Expect(outcome.out.empty(), "nothing on stdout",
                       Output(outcome.out));
}

void ClientTalk::Printed(const Outcome& outcome,
                         const std::vector<std::string>& texts) {
  std::size_t from = 0;
  for (const std::string& text : texts) {
    const std::size_t at = outcome.out.find(text, from);
    conversation_.Expect(
        at != std::string::npos,
        absl::StrCat("stdout with ", absl::StrJoin(texts, ", "),
                     " in it, in this order"),
        Output(outcome.out));
    from = at + text.size();
  }
}

void NoMetadataBut(ClientTalk& talk, const Received& call,
                   const std::string& key) {
  std::vector<std::string> others;
  for (const auto& [name, value] : call.metadata) {
    if (name != "user-agent" && !absl::StartsWith(name, "grpc-") &&
        name != "accept-encoding" && name != key) {
      others.push_back(name);
    }
  }
  talk.conversation().Expect(
      others.empty(),
      absl::StrCat("no metadata but ", key, key.empty() ? "" : " and ",
                   "gRPC's own"),
      absl::StrJoin(others, ", "));
}

void ClientTalk::Complained(const Outcome& outcome, const std::string& word) {
  ExpectComplaint(outcome, word, conversation_);
}

}  // namespace judge
