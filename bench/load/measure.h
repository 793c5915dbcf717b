// What a load costs a server, between two moments.
//
// Not thread-safe. Times are those of the steady clock, in nanoseconds.
#ifndef BENCH_LOAD_MEASURE_H_
#define BENCH_LOAD_MEASURE_H_

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace load {

constexpr double kNanos = 1e9;

std::int64_t SteadyNs();

class Measure final {
 public:
  // @param pid the server's; 0: its processor time is not measured
  explicit Measure(pid_t pid);

  // Forgets what was before.
  void Begin();

  // Counts one call.
  void Took(std::int64_t ns, std::uint64_t bytes);

  bool empty() const { return took_ns_.empty(); }

  // One line of JSON on the time since Begin(); there must have been a call.
  std::string Report(int connections, int calls);

 private:
  double ServerCpu() const;
  double PercentileUs(double part) const;

  bool measured_;
  clockid_t server_ = 0;
  std::int64_t begin_ = 0;
  double server_cpu_ = 0;
  double own_cpu_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::int64_t> took_ns_;
};

}  // namespace load

#endif  // BENCH_LOAD_MEASURE_H_
