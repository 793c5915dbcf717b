#include "history.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace kv {
namespace {

// So many changes a watcher takes at a time: the lock is never held for long.
constexpr std::ptrdiff_t kBatch = 256;

std::size_t Bytes(const Change& change) {
  return change.entry->key.size() + change.entry->value.size();
}

}  // namespace

std::deque<Change> History::Append(std::vector<Change> changes) {
  std::deque<Change> gone;
  {
    const std::lock_guard lock(mutex_);
    for (Change& change : changes) {
      bytes_ += Bytes(change);
      revision_ = change.entry->revision;
      changes_.push_back(std::move(change));
    }
    while (changes_.size() > max_changes_ || bytes_ > kMaxBytes) {
      bytes_ -= Bytes(changes_.front());
      gone.push_back(std::move(changes_.front()));
      changes_.pop_front();
    }
  }
  news_.notify_all();
  return gone;
}

absl::StatusOr<Watcher> History::Watch(const std::string& prefix,
                                       std::int64_t after) const {
  const std::lock_guard lock(mutex_);
  if (after == 0) after = revision_;
  if (absl::Status bad = Check(after); !bad.ok()) return bad;
  return Watcher(*this, prefix, after);
}

void History::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  news_.notify_all();
}

// Whether all changes after a revision are kept. The lock must be held.
absl::Status History::Check(std::int64_t revision) const {
  if (closed_)
    return absl::UnavailableError("no more changes from this server");
  const auto kept = static_cast<std::int64_t>(changes_.size());
  if (revision > revision_) {
    return absl::OutOfRangeError(
        absl::StrCat("revision ", revision,
                     " is ahead of the store: list "
                     "again, then watch after revision ",
                     revision_));
  }
  if (revision < revision_ - kept) {
    return absl::OutOfRangeError(
        absl::StrCat("the changes after revision ", revision,
                     " are no longer "
                     "kept: list again, then watch after revision ",
                     revision_ - kept));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Change>> History::After(
    std::int64_t revision, Clock::time_point until) const {
  std::unique_lock lock(mutex_);
  news_.wait_until(lock, until,
                   [&] { return closed_ || revision_ > revision; });
  if (absl::Status bad = Check(revision); !bad.ok()) return bad;
  // Revisions have no gap, so the place of a change follows from its revision.
  const std::ptrdiff_t missing = revision_ - revision;
  const auto first = changes_.end() - missing;
  return std::vector<Change>(first, first + std::min(missing, kBatch));
}

absl::StatusOr<std::vector<Change>> Watcher::Next(
    History::Clock::time_point until) {
  do {
    absl::StatusOr<std::vector<Change>> changes =
        history_->After(revision_, until);
    if (!changes.ok() || changes->empty()) return changes;
    revision_ = changes->back().entry->revision;
    const auto elsewhere = [this](const Change& change) {
      return !absl::StartsWith(change.entry->key, prefix_);
    };
    changes->erase(std::remove_if(changes->begin(), changes->end(), elsewhere),
                   changes->end());
    if (!changes->empty()) return changes;
  } while (History::Clock::now() < until);
  return std::vector<Change>();
}

}  // namespace kv
