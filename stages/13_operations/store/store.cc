#include "store/store.h"

#include <deque>
#include <random>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "store/cause.h"
#include "store/draft.h"

namespace kv {
namespace {

// A key may contain quotes, line breaks or terminal escape sequences.
std::string Quoted(const std::string& key) {
  return absl::StrCat("\"", absl::CHexEscape(key), "\"");
}

std::string State(std::int64_t revision) {
  return revision == 0 ? "absent" : absl::StrCat("at revision ", revision);
}

std::string RandomId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

std::size_t SizeOf(const Entry& entry) {
  return entry.key.size() + entry.value.size();
}

// Changes nothing.
class ProbeWrite final : public Write {
 public:
  void Decide(Draft& draft) override { draft.Probe(); }
  void Answer(const absl::Status& /*stored*/) override {}
};

// A write with a result.
template <class Result>
class WriteOf final : public Write {
 public:
  WriteOf(Decision<Result> decision, Done<Result> done)
      : decision_(std::move(decision)), done_(std::move(done)) {}

  void Decide(Draft& draft) override { result_ = decision_(draft); }
  void Answer(const absl::Status& stored) override {
    done_(stored.ok() ? std::move(result_) : stored);
  }

 private:
  const Decision<Result> decision_;
  const Done<Result> done_;
  absl::StatusOr<Result> result_;
};

absl::Status CheckNotOver(const Store::Over& over) {
  if (over == nullptr || !over()) return absl::OkStatus();
  return absl::CancelledError(
      "the call was over before the store did anything");
}

absl::Status NotFound(const std::string& key, std::int64_t revision) {
  return Failed(absl::NotFoundError(absl::StrCat("no such key ", Quoted(key))),
                {"KEY_NOT_FOUND", {{"revision", absl::StrCat(revision)}}});
}

}  // namespace

Store::Store(std::size_t max_changes)
    : Store(nullptr, {RandomId(), 0, {}, {}}, max_changes) {}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(
    std::unique_ptr<DurableLog> log, std::size_t max_changes) {
  auto content = log->Load();
  if (!content.ok()) return content.status();
  return absl::WrapUnique(
      new Store(std::move(log), *std::move(content), max_changes));
}

Store::Store(std::unique_ptr<DurableLog> log, DurableLog::Content content,
             std::size_t max_changes)
    : id_(std::move(content.store_id)),
      log_(std::move(log)),
      entries_(std::move(content.entries)),
      revision_(content.revision),
      changes_(max_changes, content.revision - static_cast<std::int64_t>(
                                                   content.changes.size())) {
  changes_.Append(std::move(content.changes));
  for (const auto& entry : entries_) bytes_ += SizeOf(*entry.second);
  if (log_ != nullptr) {
    committer_ = std::make_unique<Committer>(
        [this](const Group& group) { Commit(group); });
  }
}

Store::~Store() = default;

absl::StatusOr<Entry> Store::Get(const std::string& key,
                                 const Over& over) const {
  const std::lock_guard lock(mutex_);
  if (absl::Status bad = CheckNotOver(over); !bad.ok()) return bad;
  const auto found = entries_.find(key);
  if (found == entries_.end()) return NotFound(key, revision_);
  return *found->second;
}

void Store::GetInTurn(const std::string& key, Over over, Done<Entry> done) {
  Submit<Entry>(
      std::move(over),
      [key](const Draft& draft) -> absl::StatusOr<Entry> {
        const auto entry = draft.Find(key);
        if (entry == nullptr) return NotFound(key, draft.revision());
        return *entry;
      },
      std::move(done));
}

void Store::Put(std::string key, std::string value,
                std::optional<std::int64_t> expected_revision, Over over,
                Done<std::int64_t> done) {
  Submit<std::int64_t>(
      std::move(over),
      [key = std::move(key), value = std::move(value), expected_revision](
          Draft& draft) mutable -> absl::StatusOr<std::int64_t> {
        const auto old = draft.Find(key);
        const std::int64_t current = old == nullptr ? 0 : old->revision;
        if (expected_revision.has_value() && *expected_revision != current) {
          return Failed(absl::FailedPreconditionError(absl::StrCat(
                            "key ", Quoted(key), " is ", State(current),
                            ", not ", State(*expected_revision))),
                        {"REVISION_MISMATCH",
                         {{"current_revision", absl::StrCat(current)}}});
        }
        draft.Put(std::move(key), std::move(value));
        return draft.revision();
      },
      std::move(done));
}

void Store::Delete(std::string key, Over over, Done<Deletion> done) {
  Submit<Deletion>(
      std::move(over),
      [key = std::move(key)](Draft& draft) -> absl::StatusOr<Deletion> {
        const bool there = draft.Find(key) != nullptr;
        if (there) draft.Delete(key);
        return Deletion{there, draft.revision()};
      },
      std::move(done));
}

void Store::Import(std::map<std::string, std::string> entries, Over over,
                   Done<std::int64_t> done) {
  // std::function needs what can be copied, so the lambda shares the map.
  const auto shared =
      std::make_shared<std::map<std::string, std::string>>(std::move(entries));
  Submit<std::int64_t>(
      std::move(over),
      [shared](Draft& draft) -> absl::StatusOr<std::int64_t> {
        for (auto& entry : *shared) {
          draft.Put(entry.first, std::move(entry.second));
        }
        return draft.revision();
      },
      std::move(done));
}

absl::StatusOr<std::vector<std::shared_ptr<const Entry>>> Store::List(
    const std::string& prefix, std::size_t limit, const Over& over) const {
  std::vector<std::shared_ptr<const Entry>> entries;
  const std::lock_guard lock(mutex_);
  if (absl::Status bad = CheckNotOver(over); !bad.ok()) return bad;
  for (auto next = entries_.lower_bound(prefix);
       next != entries_.end() && absl::StartsWith(next->first, prefix);
       ++next) {
    entries.push_back(next->second);
    if (entries.size() == limit) break;
  }
  return entries;
}

absl::StatusOr<std::unique_ptr<Watcher>> Store::Watch(
    const std::string& prefix, std::optional<std::int64_t> after) const {
  return changes_.Watch(prefix, after);
}

void Store::EndWatches() { changes_.Close(); }

Figures Store::figures() const {
  const std::lock_guard lock(mutex_);
  return {revision_, entries_.size(), bytes_};
}

void Store::Probe() {
  if (committer_ != nullptr) committer_->Add(std::make_unique<ProbeWrite>());
}

// A write may wait in a group. When its turn comes, its call may be over.
template <class Result>
void Store::Submit(Over over, Decision<Result> decision, Done<Result> done) {
  auto write = std::make_unique<WriteOf<Result>>(
      [over = std::move(over),
       decision = std::move(decision)](Draft& draft) -> absl::StatusOr<Result> {
        if (absl::Status bad = CheckNotOver(over); !bad.ok()) return bad;
        return decision(draft);
      },
      std::move(done));
  if (committer_ != nullptr) {
    committer_->Add(std::move(write));
  } else {
    Group group;
    group.push_back(std::move(write));
    Commit(group);
  }
}

// [commit]
void Store::Commit(const Group& group) {
  absl::Status stored;
  {
    const std::lock_guard lock(committing_);
    Draft draft(entries_, revision_);
    for (const auto& write : group) write->Decide(draft);
    if (log_ != nullptr && (!draft.changes().empty() || draft.probe())) {
      stored = log_->Append(draft.changes(), changes_.kept_after());
    }
    if (stored.ok()) Apply(draft);
  }
  // If nothing was stored, even an error may be wrong: it may be about an entry
  // that only the draft had.
  for (const auto& write : group) write->Answer(stored);
}
// [commit]

void Store::Apply(const Draft& draft) {
  std::vector<Change> changes = draft.changes();
  std::vector<std::shared_ptr<const Entry>> old;  // freed after the lock
  old.reserve(changes.size());
  std::deque<Change> dropped;  // as well
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    if (change.deleted) {
      const auto found = entries_.find(change.entry->key);
      old.push_back(std::move(found->second));
      entries_.erase(found);
    } else {
      old.push_back(std::exchange(entries_[change.entry->key], change.entry));
      bytes_ += SizeOf(*change.entry);
    }
    if (old.back() != nullptr) bytes_ -= SizeOf(*old.back());
  }
  revision_ = draft.revision();
  dropped = changes_.Append(std::move(changes));
}

}  // namespace kv
