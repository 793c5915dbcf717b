#include "server/figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace kv {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Figure(const std::string& name, const std::string& help,
                    MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {name, help, type, {metric}};
}

// Resident memory in bytes: the second number in statm is pages. See proc(5).
double Memory() {
  std::int64_t all = 0;
  std::int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return static_cast<double>(resident) *
         static_cast<double>(sysconf(_SC_PAGESIZE));
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// How many entries a folder of /proc/self has.
double Count(const char* folder) {
  std::error_code failed;
  const std::filesystem::directory_iterator found(folder, failed);
  return failed ? 0
                : static_cast<double>(std::distance(begin(found), end(found)));
}

double MaxFiles() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<double>(files.rlim_cur);
}

}  // namespace

std::vector<MetricFamily> FiguresOf::Collect() const {
  const Figures figures = store_.figures();
  return {
      Figure("kv_revision", "The store's revision.", MetricType::Gauge,
             static_cast<double>(figures.revision)),
      Figure("kv_entries", "How many entries the store has.", MetricType::Gauge,
             static_cast<double>(figures.entries)),
      Figure("kv_entries_bytes", "The size of their keys and values.",
             MetricType::Gauge, static_cast<double>(figures.bytes)),
      Figure("kv_log_lines_dropped_total", "Log lines that nobody read.",
             MetricType::Counter, static_cast<double>(log_.dropped())),
      Figure("process_resident_memory_bytes", "Memory of the process.",
             MetricType::Gauge, Memory()),
      Figure("process_cpu_seconds_total", "Processor time of the process.",
             MetricType::Counter, ProcessorSeconds()),
      Figure("process_open_fds", "Open files, connections included.",
             MetricType::Gauge, Count("/proc/self/fd")),
      Figure("process_max_fds", "The limit of open files.", MetricType::Gauge,
             MaxFiles()),
      Figure("process_threads", "Threads of the process.", MetricType::Gauge,
             Count("/proc/self/task")),
  };
}

}  // namespace kv
