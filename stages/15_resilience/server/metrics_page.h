// Where Prometheus reads the metrics: GET /metrics, by HTTP.
#ifndef SERVER_METRICS_PAGE_H_
#define SERVER_METRICS_PAGE_H_

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/metrics.h"

namespace kv {

/// A small HTTP server with threads of its own.
class MetricsPage final {
 public:
  /// Answers at HOST:PORT, with port 0 for a free one, and prints the address
  /// on stderr. An empty address means no page, and null. `figures` are
  /// computed at each GET. What both use must outlive the page.
  static absl::StatusOr<std::unique_ptr<MetricsPage>> Serve(
      const std::string& address, const Metrics& metrics,
      std::shared_ptr<prometheus::Collectable> figures);

  MetricsPage(const MetricsPage&) = delete;
  MetricsPage& operator=(const MetricsPage&) = delete;
  /// Waits for a GET that is being answered.
  ~MetricsPage();

 private:
  MetricsPage(std::shared_ptr<prometheus::Collectable> figures,
              std::unique_ptr<prometheus::Exposer> exposer)
      : figures_(std::move(figures)), exposer_(std::move(exposer)) {}

  const std::shared_ptr<prometheus::Collectable> figures_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace kv

#endif  // SERVER_METRICS_PAGE_H_
