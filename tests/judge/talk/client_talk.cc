#include "talk/client_talk.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ask/flags.h"
#include "ask/text.h"

namespace judge {
namespace {

// A port that is taken, so that nobody else gets it. Until somebody listens on
// it, connections are refused.
struct Port {
  Descriptor descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string address;

  Port() {
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

// Waits for a connection until the program ends, but not long. Returns the
// first bytes that arrive; empty if there are none.
std::string FirstBytes(const Descriptor& listener, Process& process) {
  constexpr int kStep = 50;  // milliseconds
  constexpr int kSteps = 40;
  const auto arrives = [](const Descriptor& descriptor, int milliseconds) {
    pollfd news{descriptor.get(), POLLIN, 0};
    return poll(&news, 1, milliseconds) > 0;
  };
  for (int step = 0; step < kSteps && !arrives(listener, kStep); ++step) {
    const bool ended = process.WaitForEnd(absl::ZeroDuration()).has_value();
    if (ended && !arrives(listener, 0)) return "";
  }
  if (!arrives(listener, 0)) return "";
  const Descriptor connection(
      accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 16> bytes;
  if (!arrives(connection, kStep * kSteps)) return "?";
  const auto count = recv(connection.get(), bytes.data(), bytes.size(), 0);
  return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count))
                   : "?";
}

}  // namespace

void ClientTalk::Begin(const std::string& name) {
  Conversation::Begin(name);
  Serve(grpc::InsecureServerCredentials());
  tls_ = false;
}

void ClientTalk::Serve(
    const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  tls_ = true;
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

Outcome ClientTalk::RunAgainstNobody(const std::vector<std::string>& words) {
  const Port port;
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
  Sent(typed);
  words_ = words;
  input_ = input;
  outcome_ = Outcome();
  std::vector<std::string> all = command();
  all.push_back("--target=" + address);
  all.insert(all.end(), words.begin(), words.end());
  return StartProgram(all, *this, input);
}

Outcome ClientTalk::Wait(Process& process) {
  outcome_ = WaitForOutcome(process, *this);
  return outcome_;
}

// Runs the client once more and looks at the first bytes that it sends.
Evidence ClientTalk::WhyNoCall() {
  Evidence evidence = outcome_.evidence;
  evidence.ended =
      absl::StrCat("the client ended with exit status ", outcome_.status);
  const Port port;
  if (port.address.empty() || listen(port.descriptor.get(), 8) != 0) {
    return evidence;
  }
  std::vector<std::string> all = command();
  all.push_back("--target=" + port.address);
  all.insert(all.end(), words_.begin(), words_.end());
  const auto process = StartProgram(all, *this, input_);
  const std::string first =
      process == nullptr ? "" : FirstBytes(port.descriptor, *process);
  const auto late = grpc::StatusCode::DEADLINE_EXCEEDED;
  if (absl::StartsWith(first, "\x16\x03") && !tls_) {
    evidence.ended += ": it began TLS, but the server speaks plaintext";
  } else if (absl::StartsWith(first, "PRI ") && tls_) {
    evidence.ended += ": it speaks plaintext, but the server only TLS";
  } else if (outcome_.status == late) {
    evidence.ended +=
        ", DEADLINE_EXCEEDED: was its deadline over before the call began?";
  } else if (first.empty()) {
    evidence.ended += ". No connection arrived at HOST:PORT, its --target";
  }
  return evidence;
}

}  // namespace judge
