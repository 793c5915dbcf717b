// Generates load for one server and measures it.
//
//   load --address=127.0.0.1:50051 --call=get --connections=1 --calls=8
//        --pid=1234 [--seconds=0.25] [--ca=FILE] [--token_file=FILE]
//   load --address=127.0.0.1:50051 --call=fill --entries=1000 --value_bytes=64
//
// Each connection always has --calls calls in flight: when one ends, the next
// one begins (a closed loop). The program checks every reply: the status, each
// byte of a Get, the length of a List. After one wrong reply it ends and
// reports no figures.
//
// fan_out is different: the calls are watches, and what is measured is one Put
// after another, each until all watches have received it.
//
// It prints one line of JSON. cpu_us is the server's processor time per call;
// busy and load_busy are the shares of one core that the server and this
// program use. The exit status is 0, or 1 with one line on stderr.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "kinds.h"
#include "loop.h"
#include "measure.h"
#include "transport.h"

ABSL_FLAG(std::string, address, "", "HOST:PORT, the host in numbers");
ABSL_FLAG(std::string, call, "get",
          "get, absent, put, list, import, pipeline, connect, watch, fan_out, "
          "fill or static");
ABSL_FLAG(int, connections, 1, "how many");
ABSL_FLAG(int, calls, 1, "in flight on each connection");
ABSL_FLAG(int, pid, 0, "the server's; 0: its processor time is not measured");
ABSL_FLAG(double, seconds, 0.25, "how long to measure, at least one call");
ABSL_FLAG(int, entries, 1,
          "fill, import: how many to put; list: how many there are; pipeline: "
          "how many operations");
ABSL_FLAG(int, value_bytes, 16, "of each value");
ABSL_FLAG(int, count, 0, "make so many calls and measure nothing");
ABSL_FLAG(std::string, ca, "", "TLS: the file of the authority, PEM");
ABSL_FLAG(std::string, token_file, "", "a file of one token, sent with calls");

namespace {

using load::kNanos;
using load::Measure;
using load::SteadyNs;

constexpr double kWarmSeconds = 0.05;

// Makes one call over a new connection. The measured time includes connecting.
bool ConnectOnce(const load::Kind& kind, SSL_CTX* tls,
                 const std::string& address, Measure& measure) {
  const auto begin = SteadyNs();
  load::Loop loop(kind, tls);
  loop.Stop();
  if (!loop.Connect(address, 1, 1) ||
      !loop.Go([&] { return loop.ended() == 1; })) {
    return false;
  }
  measure.Took(SteadyNs() - begin, 0);
  return true;
}

// Waits until the watches are active. Then makes one Put after another, each
// measured until the last watch has received the change.
bool FanOut(load::Loop& watches, int count, SSL_CTX* tls,
            const std::string& address, const std::string& token,
            Measure& measure) {
  if (!watches.Go([&] { return watches.headers() == count; })) return false;
  load::Loop puts(load::PutOf(0, absl::GetFlag(FLAGS_value_bytes), token), tls);
  puts.Stop();
  if (!puts.Connect(address, 1, 0)) return false;
  measure.Begin();
  const auto until = SteadyNs() + static_cast<std::int64_t>(
                                      absl::GetFlag(FLAGS_seconds) * kNanos);
  do {
    const auto begin = SteadyNs();
    const int ended = puts.ended() + 1;
    if (!puts.Call() ||
        !watches.Go([&] { return watches.messages() >= ended * count; })) {
      return false;
    }
    measure.Took(SteadyNs() - begin, 0);
    if (!puts.Go([&] { return puts.ended() == ended; })) return false;
  } while (SteadyNs() < until);
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
  load::Loop loop(*kind, tls.get());
  if (!loop.Connect(address, connections, calls)) return 1;
  if (call == "watch") {  // the watches stay open until stdin ends
    if (!loop.Go([&] { return loop.headers() == connections * calls; })) {
      return 1;
    }
    std::cout << "STANDING" << std::endl;
    std::cin.get();
    return 0;
  }
  if (call == "fan_out") {
    if (!FanOut(loop, connections * calls, tls.get(), address, token,
                measure)) {
      return 1;
    }
    std::cout << measure.Report(connections, calls) << "\n";
    return 0;
  }
  if (count > 0) return loop.Go([&] { return loop.ended() >= count; }) ? 0 : 1;
  if (!loop.GoSeconds(kWarmSeconds)) return 1;
  measure.Begin();
  loop.CountInto(&measure);
  if (!loop.GoSeconds(absl::GetFlag(FLAGS_seconds))) return 1;
  // If a call takes longer than that, wait until one has ended.
  if (!loop.Go([&] { return !measure.empty(); })) return 1;
  std::cout << measure.Report(connections, calls) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return Main();
}
