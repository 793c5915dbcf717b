#include "measure.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_format.h"

namespace load {
namespace {

double CpuSeconds(clockid_t clock) {
  timespec time{};
  return clock_gettime(clock, &time) == 0
             ? static_cast<double>(time.tv_sec) +
                   static_cast<double>(time.tv_nsec) / kNanos
             : 0;
}

}  // namespace

std::int64_t SteadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() /
         std::chrono::nanoseconds(1);
}

Measure::Measure(pid_t pid)
    : measured_(pid != 0 && clock_getcpuclockid(pid, &server_) == 0) {}

void Measure::Begin() {
  begin_ = SteadyNs();
  server_cpu_ = ServerCpu();
  own_cpu_ = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
  bytes_ = 0;
  took_ns_.clear();
}

void Measure::Took(std::int64_t ns, std::uint64_t bytes) {
  took_ns_.push_back(ns);
  bytes_ += bytes;
}

std::string Measure::Report(int connections, int calls) {
  const double seconds = static_cast<double>(SteadyNs() - begin_) / kNanos;
  const double server = ServerCpu() - server_cpu_;
  const double own = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - own_cpu_;
  const auto count = static_cast<double>(took_ns_.size());
  constexpr double kMicros = 1e6;
  constexpr double kMib = 1 << 20;
  std::sort(took_ns_.begin(), took_ns_.end());
  return absl::StrFormat(
      R"({"connections":%d,"in_flight":%d,"calls":%d,"per_second":%.1f,)"
      R"("cpu_us":%.3f,"p50_us":%.1f,"p99_us":%.1f,"mib_per_second":%.3f,)"
      R"("busy":%.3f,"load_busy":%.3f})",
      connections, calls, took_ns_.size(), count / seconds,
      server / count * kMicros, PercentileUs(0.5), PercentileUs(0.99),
      static_cast<double>(bytes_) / kMib / seconds, server / seconds,
      own / seconds);
}

double Measure::ServerCpu() const {
  return measured_ ? CpuSeconds(server_) : 0;
}

double Measure::PercentileUs(double part) const {
  const auto last = static_cast<double>(took_ns_.size() - 1);
  constexpr double kNanosInMicro = 1e3;
  return static_cast<double>(took_ns_[static_cast<std::size_t>(last * part)]) /
         kNanosInMicro;
}

}  // namespace load
