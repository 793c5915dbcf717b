// The parts of ClientTalk that use a port without a gRPC server: one where
// nobody listens, and one that only looks at what arrives.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ask/flags.h"
#include "ask/text.h"
#include "talk/client_talk.h"

namespace judge {
namespace {

// A port that is taken, so that nobody else gets it. Until somebody listens on
// it, connections are refused.
struct Port {
  Descriptor descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string address;

  Port() {
    const int shared = 1;  // with RunBeforeServer()'s server
    setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEPORT, &shared,
               sizeof shared);
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

// Waits for a connection, or for bytes on one.
bool Arrives(const Descriptor& descriptor, absl::Duration time) {
  pollfd news{descriptor.get(), POLLIN, 0};
  return poll(&news, 1, static_cast<int>(ToInt64Milliseconds(time))) > 0;
}

// Waits for a connection until the program ends, or until a time.
bool Connects(const Descriptor& listener, Process& process, absl::Time until) {
  while (!Arrives(listener, absl::Milliseconds(50))) {
    if (process.WaitForEnd(absl::ZeroDuration()).has_value()) {
      return Arrives(listener, absl::ZeroDuration());
    }
    if (absl::Now() > until) return false;
  }
  return true;
}

// Waits for a connection until the program ends, at most for Patience().
// Returns the first bytes that arrive: empty if the program ended without a
// connection, `?` if it did neither or sent nothing.
std::string FirstBytes(const Descriptor& listener, Process& process) {
  const absl::Time until = absl::Now() + Patience();
  if (!Connects(listener, process, until)) {
    return absl::Now() > until ? "?" : "";
  }
  const Descriptor connection(
      accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 16> bytes;
  const auto left = std::max(until - absl::Now(), absl::ZeroDuration());
  if (!Arrives(connection, left)) return "?";
  const auto count = recv(connection.get(), bytes.data(), bytes.size(), 0);
  return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count))
                   : "?";
}

}  // namespace

Outcome ClientTalk::RunAgainstNobody(const std::vector<std::string>& words) {
  const Port port;
  if (port.address.empty()) GiveUp("cannot take a port");
  Hide(port.address, "HOST:PORT");
  const auto process = LaunchAt(port.address, words, "/dev/null");
  return process == nullptr ? Outcome() : Wait(*process);
}

Outcome ClientTalk::RunPastNobody(const std::vector<std::string>& words) {
  const Port port;
  if (port.address.empty()) GiveUp("cannot take a port");
  Hide(port.address, "HOST:PORT");
  const auto process =
      LaunchAt(absl::StrCat("ipv4:", port.address, ",", recorder_->address()),
               words, "/dev/null");
  return process == nullptr ? Outcome() : Wait(*process);
}

Outcome ClientTalk::RunBeforeServer(const std::vector<std::string>& words,
                                    const Answer& answer) {
  // Nobody accepts its connections, so they break when it is closed.
  auto closed = std::make_unique<Port>();
  if (closed->address.empty() || listen(closed->descriptor.get(), 8) != 0) {
    GiveUp("cannot take a port");
  }
  Hide(closed->address, "HOST:PORT");
  const auto process = LaunchAt(closed->address, words, "/dev/null");
  if (process == nullptr) return {};
  Connects(closed->descriptor, *process, absl::Now() + Patience());
  recorder_ = std::make_unique<Recorder>(grpc::InsecureServerCredentials(),
                                         closed->address);
  if (recorder_->address().empty()) GiveUp("cannot listen on 127.0.0.1");
  recorder_->AnswerWith(answer);
  closed.reset();
  Sent("the server starts");
  return Wait(*process);
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
  } else if (outcome_.status == late ||
             absl::StrContains(outcome_.err, CodeName(late))) {
    evidence.ended +=
        ", DEADLINE_EXCEEDED: was its deadline over before the call began?";
  } else if (first.empty()) {
    evidence.ended += ". No connection arrived at HOST:PORT, its --target";
  }
  return evidence;
}

}  // namespace judge
