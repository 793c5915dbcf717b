// Numbers that are computed when Prometheus asks for them: what the store
// holds, and what the process needs.
#ifndef SERVER_FIGURES_H_
#define SERVER_FIGURES_H_

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

#include "base/log.h"
#include "store/store.h"

namespace kv {

/// The figures of one server. Thread-safe.
class FiguresOf final : public prometheus::Collectable {
 public:
  /// Both must outlive this object.
  FiguresOf(const Store& store, const Log& log) : store_(store), log_(log) {}

  /// Computes them, in less than a millisecond.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Store& store_;
  const Log& log_;
};

}  // namespace kv

#endif  // SERVER_FIGURES_H_
