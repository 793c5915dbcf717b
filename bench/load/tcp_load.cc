// Measures the upper limit: the throughput of plain TCP on this machine.
//
//   tcp_load --address=127.0.0.1:50051 --call=echo --connections=1 --calls=8
//   tcp_load --address=127.0.0.1:50051 --call=feed --bytes=65536
//
// echo: each connection always has --calls messages in flight, and the server
// sends each one back. feed: the server writes all the time, and each message
// counts as a call. Flags and output are those of load.cc.
#include <poll.h>

#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "measure.h"
#include "transport.h"

ABSL_FLAG(std::string, address, "", "HOST:PORT, the host in numbers");
ABSL_FLAG(std::string, call, "echo", "echo or feed");
ABSL_FLAG(int, connections, 1, "how many");
ABSL_FLAG(int, calls, 1, "messages on their way on each connection");
ABSL_FLAG(int, pid, 0, "the server's");
ABSL_FLAG(double, seconds, 0.25, "how long to measure");
ABSL_FLAG(int, bytes, 64, "of a message");

namespace {

using load::kNanos;
using load::SteadyNs;
using load::Transport;

constexpr double kWarmSeconds = 0.05;

struct Line {
  Transport transport;
  std::int64_t sent_ns = 0;  // when the current batch was sent
  std::size_t there = 0;     // bytes of it that have come back
};

// Reads what has arrived, and sends the next batch when a whole one is back.
// Returns how many messages came back, or -1 when the connection is closed.
int Turn(Line& line, const std::string& batch, std::size_t bytes,
         load::Measure& measure) {
  static std::array<char, 1 << 18> buffer;
  const ssize_t count = line.transport.Read(buffer.data(), buffer.size());
  if (count == Transport::kClosed) return -1;
  const std::size_t before = line.there / bytes;
  line.there += static_cast<std::size_t>(count);
  const std::size_t messages = line.there / bytes - before;
  for (std::size_t i = 0; i < messages; ++i) {
    measure.Took(SteadyNs() - line.sent_ns, bytes);
  }
  if (!batch.empty() && line.there >= batch.size()) {
    line.there -= batch.size();
    line.sent_ns = SteadyNs();
    if (!line.transport.Write(batch)) return -1;
  }
  return static_cast<int>(messages);
}

bool Go(std::vector<Line>& lines, const std::string& batch, std::size_t bytes,
        double seconds, load::Measure& measure) {
  std::vector<pollfd> news;
  news.reserve(lines.size());
  for (const Line& line : lines) {
    news.push_back({line.transport.descriptor(), POLLIN, 0});
  }
  const auto until = SteadyNs() + static_cast<std::int64_t>(seconds * kNanos);
  while (SteadyNs() < until) {
    constexpr int kLookMs = 10;
    poll(news.data(), news.size(), kLookMs);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (news[i].revents != 0 && Turn(lines[i], batch, bytes, measure) < 0) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto bytes = static_cast<std::size_t>(absl::GetFlag(FLAGS_bytes));
  const int connections = absl::GetFlag(FLAGS_connections);
  const int calls = absl::GetFlag(FLAGS_calls);
  const bool feed = absl::GetFlag(FLAGS_call) == "feed";
  const std::string batch =
      feed ? "" : std::string(bytes * static_cast<std::size_t>(calls), 'e');
  std::vector<Line> lines;
  for (int i = 0; i < connections; ++i) {
    auto transport = Transport::Connect(absl::GetFlag(FLAGS_address), nullptr);
    if (!transport.ok()) {
      std::cerr << "tcp_load: " << transport.status().message() << "\n";
      return 1;
    }
    lines.push_back({*std::move(transport), SteadyNs()});
    std::string first = batch;
    if (feed) {  // the request for a feed: F and a size
      first = "F";
      for (int shift = 0; shift < 32; shift += 8) {
        first += static_cast<char>(bytes >> shift);
      }
    }
    if (!lines.back().transport.Write(first)) return 1;
  }
  load::Measure measure(absl::GetFlag(FLAGS_pid));
  if (!Go(lines, batch, bytes, kWarmSeconds, measure)) return 1;
  measure.Begin();
  if (!Go(lines, batch, bytes, absl::GetFlag(FLAGS_seconds), measure) ||
      measure.empty()) {
    std::cerr << "tcp_load: the connection was closed\n";
    return 1;
  }
  std::cout << measure.Report(connections, calls) << "\n";
  return 0;
}
