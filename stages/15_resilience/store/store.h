// The entries and their revisions, in memory, and their latest changes. It
// knows nothing of gRPC.
//
//   auto store = kv::Store::Open(std::move(log));  // or kv::Store store;
//   (*store)->Put("city", "Berlin", std::nullopt, over,
//                 [](absl::StatusOr<std::int64_t> revision) { … });
//   absl::StatusOr<kv::Entry> entry = (*store)->Get("city", over);
//
// A write returns before it is done. It is done when the log has it, and only
// then others can read it. Without a log it is done immediately.
//
// Every change increases the store's revision by one. All functions may be
// called from any thread, and each takes effect at one moment between its call
// and its result (the store is linearizable).
//
// If servers share a log, they are one store, and writes are linearizable in
// all of them. A read is, too, if it comes after WhenCurrent():
//
//   store.WhenCurrent(Reads::kLinearizable, [&](const absl::Status& current) {
//     if (current.ok()) entry = store.Get("city", over);
//   });
//
// Each function takes a callback `over` that says whether the call is over, so
// that nobody waits for the result. In that case the function does nothing, and
// its result is CANCELLED.
#ifndef STORE_STORE_H_
#define STORE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/change_log.h"
#include "store/committer.h"
#include "store/entry.h"
#include "store/follower.h"
#include "store/log.h"
#include "store/read_barrier.h"

namespace kv {

/// The result of a Delete.
struct Deletion {
  bool deleted = false;       ///< Whether the key was there.
  std::int64_t revision = 0;  ///< The store's revision after the call.
};

/// What a read sees if several servers share a store.
enum class Reads {
  kLinearizable,  ///< All that was acknowledged before it.
  kStale,         ///< What this server has heard of.
};

/// How much a store holds.
struct Figures {
  std::int64_t revision = 0;  ///< The number of changes since the beginning.
  std::size_t entries = 0;    ///< How many there are.
  std::size_t bytes = 0;      ///< Their keys and values together.
};

/// A map from keys to values that counts its changes. Thread-safe.
class Store final {
 public:
  /// Says whether the call is over. The store asks when it is about to act.
  /// Null means that the call is never over.
  using Over = std::function<bool()>;

  /// How many changes are kept for watchers unless you say otherwise.
  static constexpr std::size_t kMaxChanges = 100'000;

  /// Creates an empty store without a log. Keeps the latest `max_changes`, at
  /// least 1, for watchers.
  explicit Store(std::size_t max_changes = kMaxChanges);

  /// Creates a store with what the log holds. Fails if the log can't be read.
  static absl::StatusOr<std::unique_ptr<Store>> Open(
      std::unique_ptr<DurableLog> log, std::size_t max_changes = kMaxChanges);

  /// Waits until all writes are done.
  ~Store();

  /// The store's name. No two stores have the same, and a restart keeps it.
  const std::string& id() const { return id_; }

  /// Whether other servers write to this store.
  bool shared() const { return barrier_ != nullptr; }

  /// Calls `then` when this store has all that was acknowledged before this
  /// call, by any server; or with UNAVAILABLE if the log does not answer.
  /// Called immediately for stale reads, and if the store is not shared;
  /// otherwise from a thread of the store. It must not block.
  void WhenCurrent(Reads reads, ReadBarrier::Then then) const;

  /// Returns a copy of the entry, or NOT_FOUND.
  absl::StatusOr<Entry> Get(const std::string& key,
                            const Over& over = nullptr) const;

  /// As Get(), but after all writes that were called before, and with a result
  /// that is given after theirs.
  void GetInTurn(const std::string& key, Over over, Done<Entry> done);

  /// Writes an entry and gives the store's new revision. With
  /// `expected_revision` it writes only if the entry is at that revision, 0
  /// meaning that it is absent; otherwise the result is FAILED_PRECONDITION and
  /// nothing changes. As for all writes, the result is UNAVAILABLE if the log
  /// can't be written, and RESOURCE_EXHAUSTED if it is too much for the log.
  void Put(std::string key, std::string value,
           std::optional<std::int64_t> expected_revision, Over over,
           Done<std::int64_t> done);

  /// Removes an entry. An absent key is no error and keeps the revision.
  void Delete(std::string key, Over over, Done<Deletion> done);

  /// Writes all `entries` atomically, in key order, and gives the store's new
  /// revision, which is that of the last entry. Each entry is one change.
  void Import(std::map<std::string, std::string> entries, Over over,
              Done<std::int64_t> done);

  /// Returns the entries whose keys start with `prefix`, in key order (by
  /// bytes), as they are at one moment; at most `limit`, 0 meaning all. The
  /// lock is held only while pointers are copied: entries are shared with you
  /// and never change, because a Put replaces its entry.
  absl::StatusOr<std::vector<std::shared_ptr<const Entry>>> List(
      const std::string& prefix, std::size_t limit,
      const Over& over = nullptr) const;

  /// Follows the changes under a prefix, as ChangeLog::Watch() does. The store
  /// must outlive the watcher.
  absl::StatusOr<std::unique_ptr<Watcher>> Watch(
      const std::string& prefix, std::optional<std::int64_t> after) const;

  /// Ends all watchers with UNAVAILABLE, including future ones.
  void EndWatches();

  /// How much it holds at this moment.
  Figures figures() const;

  /// Lets the log write something that is no change. If the disk was full, this
  /// finds out whether it still is. `done` is called from a thread of the
  /// store, and never if there is no log.
  void Probe(std::function<void(const absl::Status&)> done);

 private:
  Store(std::unique_ptr<DurableLog> log, DurableLog::Content content,
        std::size_t max_changes);
  template <class Result>
  void Submit(Amount amount, Over over, Decision<Result> decision,
              Done<Result> done);
  void Commit(const Group& group);
  absl::Status DecideAndAppend(const Group& group);
  Draft Decide(const Group& group);
  absl::StatusOr<std::vector<Change>> Propose(const Draft& draft);
  bool Apply(std::vector<Change> changes);
  absl::Status CatchUp();
  absl::Status Reload();
  std::int64_t revision() const;

  const std::string id_;
  const std::unique_ptr<DurableLog> log_;  // null: only in memory
  // Locked in this order. One Commit() at a time runs; meanwhile changes of
  // other servers can be applied.
  std::mutex committing_;
  std::mutex applying_;
  mutable std::mutex mutex_;
  // These change under the last two locks, and may be read under either.
  Entries entries_;
  std::int64_t revision_ = 0;
  std::size_t bytes_ = 0;  // of the entries
  ChangeLog changes_;      // has its own lock
  // Last: their threads use the others. The first two: only if it is shared.
  std::unique_ptr<ReadBarrier> barrier_;
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<Committer> committer_;
};

}  // namespace kv

#endif  // STORE_STORE_H_
