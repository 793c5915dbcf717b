// A log that many servers share, in an etcd cluster.
//
// The whole agreement is: a transaction appends change R+1 only if change R is
// there and change R+1 is not. etcd's leader puts all transactions in an order.
// So of all servers that propose a change R+1 one succeeds, and the others
// learn what it was.
//
// Both conditions are needed. Old changes are removed, so a proposal that was
// long on its way might find its place empty again; but then change R is gone,
// too. The last change is never removed.
#ifndef STORE_ETCD_LOG_H_
#define STORE_ETCD_LOG_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/etcd.h"
#include "store/etcd_layout.h"
#include "store/etcd_retry.h"
#include "store/log.h"

namespace kv {

/// See DurableLog. Needs etcd 3.4 or later. Thread-safe.
class EtcdLog final : public DurableLog {
 public:
  /// How long to wait for etcd. When its leader dies, it takes one to three
  /// seconds to elect another.
  struct Patience {
    Etcd::Milliseconds one_try{1000};  ///< Until another member is asked.
    Etcd::Milliseconds all{3000};      ///< Until a call gets an error.
    Etcd::Milliseconds start{5000};    ///< As well, in Load().
  };

  /// `prefix` is that of the keys. Stores with different prefixes share a
  /// cluster, if none is the beginning of another.
  EtcdLog(std::unique_ptr<Etcd> etcd, std::string prefix, Patience patience);
  /// With the usual patience.
  EtcdLog(std::unique_ptr<Etcd> etcd, std::string prefix);

  /// Makes a new store if there is none behind the prefix.
  absl::StatusOr<Content> Load() override;

  /// If etcd did not answer, tries again with the same proposal, whose id tells
  /// afterwards whether an earlier attempt has succeeded. If that can't be
  /// found out, the error is UNAVAILABLE with the reason OUTCOME_UNKNOWN.
  absl::StatusOr<std::vector<Change>> Append(const std::vector<Change>& changes,
                                             std::int64_t forget) override;

  /// What fits into a transaction: etcd takes 128 operations, and a change
  /// needs two; and 1.5 MiB, of which a change needs its size twice.
  Amount limit() const override { return {60, 700 << 10}; }

  bool shared() const override { return true; }
  absl::StatusOr<Tail> ReadAfter(std::int64_t revision) override;
  absl::Status Follow(const Receive& receive) override;
  void Stop() override;

 private:
  absl::Status Begin(Etcd::Milliseconds timeout);
  absl::StatusOr<Content> LoadOnce();
  absl::Status LoadEntries(Content& content, std::int64_t& etcd_revision);
  absl::Status LoadChanges(Content& content, std::int64_t etcd_revision);
  absl::StatusOr<Etcd::Page> ReadPage(const Etcd::Range& range,
                                      std::int64_t limit,
                                      std::int64_t etcd_revision);
  absl::StatusOr<Etcd::Outcome> Run(const Etcd::Transaction& transaction);
  absl::Status Probe();

  const std::unique_ptr<Etcd> etcd_;
  const EtcdLayout layout_;
  const Patience patience_;
  EtcdRetry retry_;
  const std::string instance_;  // of this server, in the ids of its proposals
  std::atomic<std::int64_t> proposals_ = 0;
  std::atomic<std::int64_t> removed_ = 0;  // changes up to here are not there
};

}  // namespace kv

#endif  // STORE_ETCD_LOG_H_
