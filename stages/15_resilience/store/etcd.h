// What EtcdLog needs of etcd (https://etcd.io/docs/v3.4/learning/api/), without
// gRPC: keys in byte order, transactions, and a watch. EtcdClient has all that
// from a real cluster, and tests from a map.
#ifndef STORE_ETCD_H_
#define STORE_ETCD_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kv {

/// A cluster. Thread-safe.
class Etcd {
 public:
  /// How long a request may take.
  using Milliseconds = std::chrono::milliseconds;

  /// Both may have any bytes.
  struct Pair {
    std::string key;    ///< Not empty.
    std::string value;  ///< May be empty.
  };

  /// The keys from `first` up to but not including `end`.
  struct Range {
    std::string first;  ///< In it, if it exists.
    std::string end;    ///< Not in it.

    /// One key.
    static Range Of(const std::string& key) { return {key, key + '\0'}; }
  };

  /// Pairs of a range, in key order.
  struct Page {
    std::vector<Pair> pairs;  ///< In order.
    bool more = false;        ///< Whether the range has more.
    /// Of etcd, which counts the transactions of the whole cluster.
    std::int64_t revision = 0;
  };

  /// What happens at one moment, or not at all.
  struct Transaction {
    std::string present;         ///< Only if this key exists; empty: always.
    std::string absent;          ///< And if this one does not; empty: always.
    std::vector<Pair> puts;      ///< What to write then, each key once.
    std::vector<Range> removes;  ///< What to remove then.
    Range read;                  ///< What to read if nothing is written.
  };

  /// The result of a transaction.
  struct Outcome {
    bool done = false;  ///< Whether the conditions held.
    Page page;          ///< What was read.
  };

  virtual ~Etcd() = default;

  /// Reads the first pairs of a range, at most `limit`, 0 meaning all. etcd
  /// counts the whole range even so. With `revision` other than 0 it reads what
  /// was there then, or says OUT_OF_RANGE if etcd has compacted that away.
  /// Otherwise it sees every transaction that has ended (it is linearizable).
  virtual absl::StatusOr<Page> Read(const Range& range, std::int64_t limit,
                                    std::int64_t revision,
                                    Milliseconds timeout) = 0;

  /// Runs a transaction. After UNAVAILABLE, DEADLINE_EXCEEDED and the like it
  /// may have happened, or may still happen; see OutcomeUnknown().
  virtual absl::StatusOr<Outcome> Run(const Transaction& transaction,
                                      Milliseconds timeout) = 0;

  /// Calls `receive` with pairs of the range as they are written, and blocks
  /// until that breaks or Stop() is called. The first call has no pairs: all
  /// that is written after it is received.
  virtual absl::Status Watch(
      const Range& range,
      const std::function<void(const std::vector<Pair>&)>& receive) = 0;

  /// Ends the watch, and watches that begin later.
  virtual void Stop() = 0;
};

/// Whether a request that failed so may have been carried out all the same.
inline bool OutcomeUnknown(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsUnknown(status) ||
         absl::IsInternal(status) || absl::IsAborted(status);
}

}  // namespace kv

#endif  // STORE_ETCD_H_
