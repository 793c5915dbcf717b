#include "talk/client_talk.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

}  // namespace

void ClientTalk::Begin(const std::string& name) {
  Conversation::Begin(name);
  Serve(grpc::InsecureServerCredentials());
}

void ClientTalk::Serve(
    const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  recorder_ = std::make_unique<Recorder>(credentials);
  if (recorder_->address().empty()) {
    GiveUp("cannot listen on 127.0.0.1");
  }
  Hide(recorder_->address(), "HOST:PORT");
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

Outcome ClientTalk::RunIntoFull(const std::vector<std::string>& words) {
  output_full_ = true;
  Outcome outcome = Run(words);
  output_full_ = false;
  return outcome;
}

Outcome ClientTalk::RunAgainstNobody(const std::vector<std::string>& words) {
  const NobodysPort port;
  if (port.address.empty()) GiveUp("cannot take a port");
  Hide(port.address, "HOST:PORT");
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
  if (!going()) return nullptr;
  std::string typed = "client";
  for (const std::string& word : words) {
    const char* const quote = absl::StrContains(word, ' ') ? "'" : "";
    absl::StrAppend(&typed, " ", quote, word, quote);
  }
  if (input != "/dev/null") absl::StrAppend(&typed, " < ", input);
  if (output_full_) absl::StrAppend(&typed, " > /dev/full");
  Sent(typed);
  std::vector<std::string> all;
  if (output_full_) all = {"sh", "-c", "exec \"$@\" > /dev/full", "sh"};
  all.insert(all.end(), command_.begin(), command_.end());
  all.push_back("--target=" + address);
  all.insert(all.end(), words.begin(), words.end());
  return StartProgram(all, *this, input);
}

Outcome ClientTalk::Wait(Process& process) {
  return WaitForOutcome(process, *this);
}

}  // namespace judge
