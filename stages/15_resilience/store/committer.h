// Group commit: while one group of writes goes to the disk, the next one
// gathers. So a group waits for the disk once, and not each of its writes.
#ifndef STORE_COMMITTER_H_
#define STORE_COMMITTER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/draft.h"
#include "store/log.h"

namespace kv {

/// A write that waits for its turn.
class Write {
 public:
  virtual ~Write() = default;

  /// The most that it will add to a draft.
  virtual Amount amount() const = 0;

  /// Adds the changes to the draft, or finds out why there are none. Called
  /// again with a newer draft if other servers were faster.
  virtual void Decide(Draft& draft) = 0;

  /// Called once, later: tells the result if `stored` is OK, otherwise that.
  virtual void Answer(const absl::Status& stored) = 0;
};

/// Receives the result of a write, on any thread. It must not block.
template <class Result>
using Done = std::function<void(absl::StatusOr<Result>)>;

/// What a write with a result decides: the result, or why there is none.
template <class Result>
using Decision = std::function<absl::StatusOr<Result>(Draft&)>;

/// Writes that are committed together.
using Group = std::vector<std::unique_ptr<Write>>;

/// A thread that commits all writes that wait, again and again. Thread-safe.
class Committer final {
 public:
  /// The thread calls `commit`, with at least one write, and with no more than
  /// `limit` unless one write is larger.
  Committer(Amount limit, std::function<void(Group)> commit);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  /// Waits until all writes are committed.
  ~Committer();

  /// Returns immediately. Writes are committed in the order of these calls.
  void Add(std::unique_ptr<Write> write);

 private:
  void Run();
  Group Take();

  const Amount limit_;
  const std::function<void(Group)> commit_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Write>> waiting_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace kv

#endif  // STORE_COMMITTER_H_
