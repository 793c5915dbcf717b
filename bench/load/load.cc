// A load for one server, and what it cost.
//
//   load --address=127.0.0.1:50051 --call=get --connections=1 --calls=8
//        --pid=1234 [--seconds=0.25] [--ca=FILE] [--token_file=FILE]
//   load --address=127.0.0.1:50051 --call=fill --entries=1000 --value_bytes=64
//
// Each connection has so many calls in flight all the time: what ends is begun
// again (a closed loop). Every reply is looked at: the status and each byte of
// a Get, the length of a List. One wrong reply, and nothing is reported.
//
// Prints one line of JSON. cpu_us: processor time of the server for one call;
// busy and load_busy: of one core, by the server and by this program. Exit
// status 0, or 1 and one line on stderr.
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "connection.h"
#include "kinds.h"
#include "measure.h"
#include "transport.h"

ABSL_FLAG(std::string, address, "", "HOST:PORT, the host in numbers");
ABSL_FLAG(std::string, call, "get",
          "get, put, list, connect, watch, fill or static");
ABSL_FLAG(int, connections, 1, "how many");
ABSL_FLAG(int, calls, 1, "in flight on each connection");
ABSL_FLAG(int, pid, 0, "the server's; 0: its processor time is not measured");
ABSL_FLAG(double, seconds, 0.25, "how long to measure");
ABSL_FLAG(int, entries, 1, "fill: how many to put; list: how many there are");
ABSL_FLAG(int, value_bytes, 16, "of each value");
ABSL_FLAG(int, count, 0, "make so many calls and measure nothing");
ABSL_FLAG(std::string, ca, "", "TLS: the file of the authority, PEM");
ABSL_FLAG(std::string, token_file, "", "a file of one token, sent with calls");

namespace {

using load::Connection;
using load::kNanos;
using load::Measure;
using load::SteadyNs;

constexpr double kWarmSeconds = 0.05;

// Calls until it is told to stop, or a reply is wrong.
class Load final {
 public:
  Load(load::Kind kind, SSL_CTX* tls) : kind_(std::move(kind)), tls_(tls) {}

  bool Connect(const std::string& address, int connections, int calls) {
    for (int i = 0; i < connections; ++i) {
      auto transport = load::Transport::Connect(address, tls_);
      if (!transport.ok())
        return Fail(std::string(transport.status().message()));
      open_.push_back(std::make_unique<Connection>(
          *std::move(transport), kind_.request,
          [this, i](const load::Reply& reply) { Ended(i, reply); },
          [this] { ++headers_; }));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = open_.back().get();
      epoll_ctl(epoll_, EPOLL_CTL_ADD, open_.back()->descriptor(), &event);
      for (int j = 0; j < calls; ++j) open_.back()->Call();
      if (!open_.back()->Flush()) return Fail("the connection was closed");
    }
    return true;
  }

  // Until `done` says so; it is asked each time that something has arrived.
  template <class Done>
  bool Go(Done done) {
    std::array<epoll_event, 64> events{};
    constexpr int kLookMs = 10;
    while (wrong_.empty() && !done()) {
      const int count =
          epoll_wait(epoll_, events.data(), events.size(), kLookMs);
      for (int i = 0; i < count; ++i) {
        if (!static_cast<Connection*>(events[i].data.ptr)->Advance()) {
          return Fail("the connection was closed");
        }
      }
    }
    return wrong_.empty() || Fail(wrong_);
  }

  void Into(Measure* measure) { measure_ = measure; }
  void Stop() { going_ = false; }
  int ended() const { return ended_; }
  int headers() const { return headers_; }

 private:
  void Ended(int connection, const load::Reply& reply) {
    ++ended_;
    if (wrong_.empty()) wrong_ = kind_.wrong(reply);
    if (measure_ != nullptr)
      measure_->Took(SteadyNs() - reply.began_ns, reply.bytes);
    if (going_) open_[static_cast<std::size_t>(connection)]->Call();
  }

  static bool Fail(const std::string& why) {
    std::cerr << "load: " << why << "\n";
    return false;
  }

  const load::Kind kind_;
  SSL_CTX* tls_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> open_;
  Measure* measure_ = nullptr;
  bool going_ = true;
  int ended_ = 0;
  int headers_ = 0;
  std::string wrong_;
};

bool RunSeconds(Load& load, double seconds) {
  const auto until = SteadyNs() + static_cast<std::int64_t>(seconds * kNanos);
  return load.Go([until] { return SteadyNs() >= until; });
}

// One call, with nothing beside it; its time includes the connection's.
bool ConnectOnce(const load::Kind& kind, SSL_CTX* tls,
                 const std::string& address, Measure& measure) {
  const auto begin = SteadyNs();
  Load load(kind, tls);
  load.Stop();
  if (!load.Connect(address, 1, 1) ||
      !load.Go([&] { return load.ended() == 1; })) {
    return false;
  }
  measure.Took(SteadyNs() - begin, 0);
  return true;
}

int Main() {
  const std::string address = absl::GetFlag(FLAGS_address);
  const std::string call = absl::GetFlag(FLAGS_call);
  const int connections = absl::GetFlag(FLAGS_connections);
  const int calls = absl::GetFlag(FLAGS_calls);
  const int count = absl::GetFlag(FLAGS_count);
  load::TlsContext tls;
  if (const auto ca = absl::GetFlag(FLAGS_ca); !ca.empty()) {
    auto trust = load::TrustOnly(ca);
    if (!trust.ok()) {
      std::cerr << "load: " << trust.status().message() << "\n";
      return 1;
    }
    tls = *std::move(trust);
  }
  std::string token;
  if (const auto file = absl::GetFlag(FLAGS_token_file); !file.empty()) {
    std::ifstream(file) >> token;
  }
  const int entries = absl::GetFlag(FLAGS_entries);
  const int value_bytes = absl::GetFlag(FLAGS_value_bytes);

  if (call == "fill") {
    for (int i = 0; i < entries; ++i) {
      Measure unused(0);
      const auto kind = load::PutOf(i, value_bytes, token);
      if (!ConnectOnce(kind, tls.get(), address, unused)) return 1;
    }
    return 0;
  }
  const auto kind = load::KindOf(call, entries, value_bytes, token);
  if (!kind) {
    std::cerr << "load: no such --call: " << call << "\n";
    return 1;
  }
  Measure measure(absl::GetFlag(FLAGS_pid));
  if (call == "connect") {
    measure.Begin();
    const auto until = SteadyNs() + static_cast<std::int64_t>(
                                        absl::GetFlag(FLAGS_seconds) * kNanos);
    while (SteadyNs() < until) {
      if (!ConnectOnce(*kind, tls.get(), address, measure)) return 1;
    }
    std::cout << measure.Report(1, 1) << "\n";
    return 0;
  }
  Load load(*kind, tls.get());
  if (!load.Connect(address, connections, calls)) return 1;
  if (call == "watch") {  // they stand until stdin ends
    if (!load.Go([&] { return load.headers() == connections * calls; })) {
      return 1;
    }
    std::cout << "STANDING" << std::endl;
    std::cin.get();
    return 0;
  }
  if (count > 0) return load.Go([&] { return load.ended() >= count; }) ? 0 : 1;
  if (!RunSeconds(load, kWarmSeconds)) return 1;
  measure.Begin();
  load.Into(&measure);
  if (!RunSeconds(load, absl::GetFlag(FLAGS_seconds))) return 1;
  if (measure.empty()) {
    std::cerr << "load: no call ended in time\n";
    return 1;
  }
  std::cout << measure.Report(connections, calls) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return Main();
}
