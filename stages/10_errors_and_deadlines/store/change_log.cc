#include "store/change_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "store/cause.h"

namespace kv {
namespace {

// Maximum changes copied per call, which bounds how long the lock is held.
constexpr std::ptrdiff_t kMaxBatch = 256;

std::size_t Bytes(const Change& change) {
  return change.entry->key.size() + change.entry->value.size();
}

}  // namespace

std::deque<Change> ChangeLog::Append(std::vector<Change> changes) {
  std::deque<Change> dropped;
  {
    const std::lock_guard lock(mutex_);
    for (Change& change : changes) {
      bytes_ += Bytes(change);
      revision_ = change.entry->revision;
      changes_.push_back(std::move(change));
    }
    while (changes_.size() > max_changes_ || bytes_ > kMaxBytes) {
      bytes_ -= Bytes(changes_.front());
      dropped.push_back(std::move(changes_.front()));
      changes_.pop_front();
    }
  }
  appended_.notify_all();
  return dropped;
}

absl::StatusOr<Watcher> ChangeLog::Watch(
    const std::string& prefix, std::optional<std::int64_t> after) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t start = after.value_or(revision_);
  if (absl::Status bad = CheckKept(start); !bad.ok()) return bad;
  return Watcher(*this, prefix, start);
}

void ChangeLog::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  appended_.notify_all();
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

absl::StatusOr<std::vector<Change>> ChangeLog::ReadAfter(
    std::int64_t revision, Clock::time_point until) const {
  std::unique_lock lock(mutex_);
  appended_.wait_until(lock, until,
                       [&] { return closed_ || revision_ > revision; });
  if (absl::Status bad = CheckKept(revision); !bad.ok()) return bad;
  // Revisions have no gaps, so a change's revision gives its position.
  const std::ptrdiff_t missing = revision_ - revision;
  const auto first = changes_.end() - missing;
  return std::vector<Change>(first, first + std::min(missing, kMaxBatch));
}

absl::StatusOr<std::vector<Change>> Watcher::Next(
    ChangeLog::Clock::time_point until) {
  do {
    absl::StatusOr<std::vector<Change>> changes =
        log_->ReadAfter(revision_, until);
    if (!changes.ok() || changes->empty()) return changes;
    revision_ = changes->back().entry->revision;
    const auto elsewhere = [this](const Change& change) {
      return !absl::StartsWith(change.entry->key, prefix_);
    };
    changes->erase(std::remove_if(changes->begin(), changes->end(), elsewhere),
                   changes->end());
    if (!changes->empty()) return changes;
  } while (ChangeLog::Clock::now() < until);
  return std::vector<Change>();
}

}  // namespace kv
