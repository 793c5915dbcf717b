#include "talk/etcd_talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "talk/stream.h"

namespace judge {
namespace {

// Finds ports on 127.0.0.1 that nobody uses: etcd can't say which port it was
// given for port 0. Another program may take one of them first; then etcd ends.
// Returns none if that fails.
std::vector<int> FreePorts(int count) {
  std::vector<Descriptor> open;  // all of them, so that the ports differ
  std::vector<int> ports;
  for (int i = 0; i < count; ++i) {
    open.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(open.back().get(), any, size) != 0 ||
        getsockname(open.back().get(), any, &size) != 0) {
      return {};
    }
    ports.push_back(ntohs(address.sin_port));
  }
  return ports;
}

// Reads a key, which etcd can only do once it has a leader.
bool Reads(const std::shared_ptr<grpc::Channel>& channel) {
  const auto range = Parsed<AnyMessage>(
      "\x0a\x01"  // etcdserverpb.RangeRequest {key: "a"}
      "a");
  Stream<AnyMessage, AnyMessage> call(channel, "/etcdserverpb.KV/Range",
                                      absl::Now() + absl::Seconds(1));
  call.Write(range);
  call.HalfClose();
  const auto end = call.End();
  return end.has_value() && end->ok();
}

// Waits until etcd answers. Returns false when it ends first, or never does.
bool IsReady(Process& process, const std::string& address) {
  constexpr int kPauseMs = 50;  // between two attempts to connect
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kPauseMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kPauseMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments);
  const absl::Time until = absl::Now() + Patience();
  while (!process.WaitForEnd(absl::ZeroDuration()) && absl::Now() < until) {
    const absl::Time soon = absl::Now() + absl::Milliseconds(kPauseMs);
    if (channel->WaitForConnected(absl::ToChronoTime(soon)) && Reads(channel)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Etcd::Etcd(ServerTalk& talk) : talk_(talk) {
  constexpr int kAttempts = 3;  // see FreePorts()
  for (int i = 0; i < kAttempts && talk.going(); ++i) {
    if (Start(talk.Path(absl::StrCat("etcd-", talk.name(), i)))) return;
  }
  const std::string err = process_ == nullptr ? "" : process_->err();
  talk.GiveUp("etcd does not answer: " + Printable(err));
}

Etcd::~Etcd() { Remove(); }

void Etcd::Remove() {
  if (process_ != nullptr) process_->Signal(SIGKILL);  // nobody needs its data
  process_ = nullptr;
  // Now, not with the scratch folder: each etcd takes more than 64 MB.
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

bool Etcd::Start(const std::string& folder) {
  Remove();
  const std::vector<int> ports = FreePorts(2);
  if (ports.empty()) return false;
  folder_ = folder;
  address_ = absl::StrCat("127.0.0.1:", ports[0]);
  talk_.Hide(address_, "ETCD");
  const std::string client = "http://" + address_;
  const std::string peer = absl::StrCat("http://127.0.0.1:", ports[1]);
  // The folder and the name are given, because environment variables may have
  // others.
  auto process = Process::Start(
      {"etcd", "--name=default", "--data-dir=" + folder,
       "--listen-client-urls=" + client, "--advertise-client-urls=" + client,
       "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
       "--initial-cluster=default=" + peer, "--initial-cluster-state=new",
       "--logger=zap", "--log-outputs=stderr", "--log-level=error"});
  if (!process.ok()) {
    talk_.Skip("needs etcd: apt-get install etcd-server");
    return false;
  }
  process_ = *std::move(process);
  return IsReady(*process_, address_);
}

std::vector<std::string> Etcd::Flags() const {
  return {"--etcd=" + address_, "--etcd_prefix=judge/"};
}

void Etcd::Freeze() {
  if (!talk_.going()) return;
  talk_.Sent("SIGSTOP to etcd");
  process_->Signal(SIGSTOP);
  // Until it has stopped, it still answers. WEXITED is for one that has ended,
  // and WNOWAIT leaves that end to Process.
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(process_->pid()), &info,
         WSTOPPED | WEXITED | WNOWAIT);
}

void Etcd::GoOn() {
  if (!talk_.going()) return;
  talk_.Sent("SIGCONT to etcd");
  process_->Signal(SIGCONT);
}

}  // namespace judge
