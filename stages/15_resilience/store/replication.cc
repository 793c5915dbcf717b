// The part of Store that other servers take part in: what they append, and what
// is decided and appended here.
#include <algorithm>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "store/cause.h"
#include "store/store.h"

namespace kv {

// [commit]
// Decides again as long as another server was faster. Each time, somebody has
// written something: so the servers together always make progress.
absl::Status Store::DecideAndAppend(const Group& group) {
  for (;;) {
    const Draft draft = Decide(group);
    absl::StatusOr<std::vector<Change>> others = Propose(draft);
    if (absl::IsOutOfRange(others.status())) {
      if (absl::Status bad = Reload(); !bad.ok()) return bad;
      continue;
    }
    if (!others.ok()) return others.status();
    if (others->empty()) {
      Apply(draft.changes());
      return absl::OkStatus();
    }
    Apply(*std::move(others));
  }
}
// Returns what other servers were faster with. If that is nothing, the draft is
// the truth.
absl::StatusOr<std::vector<Change>> Store::Propose(const Draft& draft) {
  if (log_ == nullptr) return std::vector<Change>{};
  if (!draft.changes().empty() || draft.probe()) {
    auto others = log_->Append(draft.changes(), changes_.kept_after());
    if (!others.ok() || !draft.changes().empty()) return others;
  }
  // There is nothing to append, but an answer such as "no such key" is a read.
  auto tail = log_->ReadAfter(draft.revision());
  if (!tail.ok()) return tail.status();
  return std::move(tail->changes);
}
// [commit]

Draft Store::Decide(const Group& group) {
  const std::lock_guard lock(applying_);
  Draft draft(entries_, revision_);
  for (const auto& write : group) write->Decide(draft);
  return draft;
}

// [apply]
// Several threads may bring the same changes: those that are known are skipped.
// Returns false if some before them are missing.
bool Store::Apply(std::vector<Change> changes) {
  const std::lock_guard applying(applying_);
  const auto known = [this](const Change& change) {
    return change.entry->revision <= revision_;
  };
  changes.erase(changes.begin(),
                std::find_if_not(changes.begin(), changes.end(), known));
  if (changes.empty()) return true;
  if (changes.front().entry->revision != revision_ + 1) return false;
  // [apply]
  std::vector<std::shared_ptr<const Entry>> old;  // freed after the lock
  old.reserve(changes.size());
  std::deque<Change> dropped;  // as well
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    auto& entry = entries_[change.entry->key];
    old.push_back(std::move(entry));
    if (old.back() != nullptr) bytes_ -= SizeOf(*old.back());
    if (change.deleted) {
      entries_.erase(change.entry->key);
    } else {
      entry = change.entry;
      bytes_ += SizeOf(*entry);
    }
  }
  revision_ = changes.back().entry->revision;
  dropped = changes_.Append(std::move(changes));
  return true;
}

// [catch_up]
absl::Status Store::CatchUp() {
  for (;;) {
    auto tail = log_->ReadAfter(revision());
    if (absl::IsOutOfRange(tail.status())) {
      if (absl::Status bad = Reload(); !bad.ok()) return bad;
      continue;
    }
    if (!tail.ok()) return tail.status();
    Apply(std::move(tail->changes));
    if (tail->whole) return absl::OkStatus();
  }
}

// The log has forgotten the change after ours. Watchers that have not seen all
// changes up to what it still has can't go on.
absl::Status Store::Reload() {
  const std::int64_t before = revision();
  auto content = log_->Load();
  if (!content.ok()) return content.status();
  if (content->store_id != id_ || content->revision < before) {
    return Failed(absl::UnavailableError(
                      "the log is not the one that this server has read: "
                      "restart the server"),
                  {"OTHER_LOG"});
  }
  const std::lock_guard applying(applying_);
  const std::lock_guard lock(mutex_);
  if (content->revision <= revision_) return absl::OkStatus();
  entries_ = std::move(content->entries);
  revision_ = content->revision;
  bytes_ = 0;
  for (const auto& entry : entries_) bytes_ += SizeOf(*entry.second);
  changes_.Restart(std::move(content->changes), revision_);
  return absl::OkStatus();
}
// [catch_up]

}  // namespace kv
