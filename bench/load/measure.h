// Measures the calls, and the processor time that they take in a server.
//
// Not thread-safe. Times are in nanoseconds on the steady clock.
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
  // `pid` is the server's. With 0, its processor time is not measured.
  explicit Measure(pid_t pid);

  // Starts the measurement, and discards earlier calls.
  void Begin();

  // Records one call: how long it took, and the bytes of its reply.
  void Took(std::int64_t ns, std::uint64_t bytes);

  bool empty() const { return took_ns_.empty(); }

  // Returns one line of JSON about the time since Begin(). At least one call
  // must have been recorded.
  std::string Report(int connections, int calls);

 private:
  double ServerCpu() const;
  double PercentileUs(double part) const;

  clockid_t server_ = 0;  // before measured_, whose initializer sets it
  bool measured_;
  std::int64_t begin_ = 0;
  double server_cpu_ = 0;
  double own_cpu_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::int64_t> took_ns_;
};

}  // namespace load

#endif  // BENCH_LOAD_MEASURE_H_
