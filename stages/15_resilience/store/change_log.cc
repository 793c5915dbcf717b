#include "store/change_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "store/cause.h"

namespace kv {
namespace {

// Limits of what Next() returns, which bound how long the lock is held, and
// what a watcher keeps in memory while its client does not read.
constexpr std::ptrdiff_t kMaxBatch = 256;
constexpr std::size_t kMaxBatchBytes = 64 << 10;

}  // namespace

std::deque<Change> ChangeLog::Append(std::vector<Change> changes) {
  const std::lock_guard lock(mutex_);
  return Add(std::move(changes));
}

std::deque<Change> ChangeLog::Restart(std::vector<Change> changes,
                                      std::int64_t revision) {
  const std::lock_guard lock(mutex_);
  std::deque<Change> dropped = std::exchange(changes_, {});
  bytes_ = 0;
  // Before Add(), which would let them go on after the gap.
  waiting_.WakeAll();
  revision_ = revision - static_cast<std::int64_t>(changes.size());
  for (Change& change : Add(std::move(changes))) {
    dropped.push_back(std::move(change));
  }
  return dropped;
}

// Needs the lock.
std::deque<Change> ChangeLog::Add(std::vector<Change> changes) {
  std::deque<Change> dropped;
  for (Change& change : changes) {
    bytes_ += SizeOf(*change.entry);
    revision_ = change.entry->revision;
    waiting_.Changed(change.entry->key, revision_);
    changes_.push_back(std::move(change));
  }
  while (changes_.size() > max_changes_ || bytes_ > kMaxBytes) {
    bytes_ -= SizeOf(*changes_.front().entry);
    dropped.push_back(std::move(changes_.front()));
    changes_.pop_front();
  }
  return dropped;
}

absl::StatusOr<std::unique_ptr<Watcher>> ChangeLog::Watch(
    const std::string& prefix, std::optional<std::int64_t> after) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t start = after.value_or(revision_);
  if (absl::Status bad = CheckKept(start); !bad.ok()) return bad;
  return absl::WrapUnique(new Watcher(*this, prefix, start));
}

void ChangeLog::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.WakeAll();
}

// Returns OK if all changes after `revision` are kept. Needs the lock.
absl::Status ChangeLog::CheckKept(std::int64_t revision) const {
  if (closed_) {
    return Failed(absl::UnavailableError("no more changes from this server"),
                  {"SERVER_STOPS"});
  }
  const std::int64_t oldest =
      revision_ - static_cast<std::int64_t>(changes_.size());
  if (revision > revision_) {
    return Failed(
        absl::OutOfRangeError(absl::StrCat("revision ", revision,
                                           " is ahead of the store: list again,"
                                           " then watch after revision ",
                                           revision_)),
        {"REVISION_AHEAD", {{"watch_after", absl::StrCat(revision_)}}});
  }
  if (revision < oldest) {
    return Failed(
        absl::OutOfRangeError(
            absl::StrCat("the changes after revision ", revision,
                         " are no longer kept: list again, then watch after"
                         " revision ",
                         oldest)),
        {"REVISION_TOO_OLD", {{"watch_after", absl::StrCat(oldest)}}});
  }
  return absl::OkStatus();
}

std::int64_t ChangeLog::kept_after() const {
  const std::lock_guard lock(mutex_);
  return revision_ - static_cast<std::int64_t>(changes_.size());
}

absl::StatusOr<std::vector<Change>> ChangeLog::ReadAfter(
    std::int64_t revision) const {
  const std::lock_guard lock(mutex_);
  if (absl::Status bad = CheckKept(revision); !bad.ok()) return bad;
  // Revisions have no gaps, so a change's revision gives its position.
  const auto first = changes_.end() - (revision_ - revision);
  auto last = first;
  for (std::size_t bytes = 0;
       last != changes_.end() && last - first < kMaxBatch &&
       bytes < kMaxBatchBytes;
       ++last) {
    bytes += SizeOf(*last->entry);
  }
  return std::vector<Change>(first, last);
}

// Under the lock, so that no change comes between the check and the wait.
bool ChangeLog::Wait(Watcher& watcher) const {
  const std::lock_guard lock(mutex_);
  if (closed_ || revision_ > watcher.revision_) return false;
  return waiting_.Add(watcher, watcher.prefix_);
}

absl::StatusOr<std::vector<Change>> Watcher::Next() {
  while (!stopped()) {
    absl::StatusOr<std::vector<Change>> changes = log_.ReadAfter(revision_);
    if (!changes.ok() || changes->empty()) return changes;
    revision_ = changes->back().entry->revision;
    const auto elsewhere = [this](const Change& change) {
      return !absl::StartsWith(change.entry->key, prefix_);
    };
    changes->erase(std::remove_if(changes->begin(), changes->end(), elsewhere),
                   changes->end());
    if (!changes->empty()) return changes;
  }
  return absl::CancelledError("");
}

bool Watcher::Wait(std::function<void()> wake) {
  wake_ = std::move(wake);
  return log_.Wait(*this);
}

bool Watcher::Stop() { return log_.waiting_.Stop(*this); }

// Nothing happened under the prefix before `revision`. Without this, a watcher
// of a quiet prefix would fall behind while it waits.
void Watcher::Wake(std::int64_t revision) {
  revision_ = std::max(revision_, revision - 1);
  const auto wake = std::move(wake_);  // may delete the watcher
  wake();
}

}  // namespace kv
