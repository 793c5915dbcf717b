// How a store lies in etcd. All keys begin with a prefix:
//
//   kv/store                         the format, and the store's name
//   kv/changes/00000000000000000007  what change 7 did, and who proposed it
//   kv/entries/city                  the entry, after all changes
//   kv/probe                         written to find out whether that works
#ifndef STORE_ETCD_LAYOUT_H_
#define STORE_ETCD_LAYOUT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "store/entry.h"
#include "store/etcd.h"

namespace kv {

/// Knows keys and values. Immutable. What can't be decoded is DATA_LOSS, with
/// the key.
class EtcdLayout final {
 public:
  /// So many changes are read at once.
  static constexpr std::int64_t kBlock = 500;

  /// A change, and the proposal that it came with.
  struct Proposed {
    std::string id;  ///< No two proposals have the same.
    Change change;   ///< One of those that were proposed.
  };

  /// For keys with this prefix, which is not empty.
  explicit EtcdLayout(std::string prefix) : prefix_(std::move(prefix)) {}

  /// Where the format and the store's name are.
  std::string StoreKey() const { return prefix_ + "store"; }
  /// Where nothing is that anybody reads.
  std::string ProbeKey() const { return prefix_ + "probe"; }
  /// The change of revision 0 is the beginning. It changes nothing.
  std::string ChangeKey(std::int64_t revision) const;
  Etcd::Range AllEntries() const;  ///< Under their common prefix.
  Etcd::Range AllChanges() const;  ///< Without the beginning.
  /// The next kBlock changes after a revision. A range without an end would
  /// cost more: etcd counts all that is in it.
  Etcd::Range NextChanges(std::int64_t revision) const;

  /// Appends changes, and writes the entries as they leave them, if the log
  /// ends there. Otherwise it reads what comes there.
  Etcd::Transaction Proposal(const std::vector<Change>& changes,
                             const std::string& id) const;

  /// What a pair of etcd means.
  absl::StatusOr<Entry> DecodeEntry(const Etcd::Pair& pair) const;
  /// As DecodeEntry(), for a change.
  absl::StatusOr<Proposed> DecodeProposed(const Etcd::Pair& pair) const;
  /// As DecodeProposed(), without the ids.
  absl::StatusOr<std::vector<Change>> DecodeChanges(
      const std::vector<Etcd::Pair>& pairs) const;

 private:
  const std::string prefix_;
};

}  // namespace kv

#endif  // STORE_ETCD_LAYOUT_H_
