// What the server does, in numbers for Prometheus. MetricsPage serves them.
//
// Names follow Prometheus' conventions. Those of calls are the names that
// go-grpc-prometheus made common, so that dashboards for them work here, too.
// A label has only values that we choose: a client that could make up values
// would fill the memory of the server and of Prometheus.
#ifndef SERVER_METRICS_H_
#define SERVER_METRICS_H_

#include <grpcpp/support/status.h>
#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace kv {

/// Counters, gauges and histograms. All functions may be called from any
/// thread, and none blocks.
class Metrics final {
 public:
  /// The numbers of one rpc. They live as long as the metrics.
  struct Method {
    std::string service;              ///< Such as kv.v1.KeyValueService.
    std::string name;                 ///< Such as Get.
    prometheus::Counter* started;     ///< Calls that began.
    prometheus::Gauge* in_flight;     ///< Those that have not ended.
    prometheus::Histogram* duration;  ///< In seconds, of those that have.
    prometheus::Counter* ok;          ///< Those that ended with OK.
  };

  Metrics();

  /// Where all of them are.
  std::shared_ptr<prometheus::Collectable> registry() const {
    return registry_;
  }

  /// The numbers of an rpc with a path such as /kv.v1.KeyValueService/Get. All
  /// that this server does not have are one.
  Method& Of(absl::string_view path);

  /// Counts a call that ended.
  void Ended(Method& method, const grpc::Status& status,
             absl::Duration duration);

  /// Counts a call that was rejected before gRPC looked for its rpc.
  void Rejected(const grpc::Status& status);

  /// Counts a write of that many changes to the log.
  void Committed(std::size_t changes, absl::Duration duration,
                 const absl::Status& status);

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Gauge>& in_flight_;
  prometheus::Family<prometheus::Counter>& rejected_;
  prometheus::Family<prometheus::Counter>& commits_;
  prometheus::Histogram& commit_changes_;
  prometheus::Histogram& commit_duration_;
  std::mutex mutex_;
  std::map<std::string, Method, std::less<>> methods_;  // guarded by mutex_
};

}  // namespace kv

#endif  // SERVER_METRICS_H_
