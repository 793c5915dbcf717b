#include "store/store.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "store/cause.h"
#include "store/draft.h"
#include "store/random_id.h"

namespace kv {
namespace {

// A key may contain quotes, line breaks or terminal escape sequences.
std::string Quoted(const std::string& key) {
  return absl::StrCat("\"", absl::CHexEscape(key), "\"");
}

std::string State(std::int64_t revision) {
  return revision == 0 ? "absent" : absl::StrCat("at revision ", revision);
}

// Changes nothing.
class ProbeWrite final : public Write {
 public:
  explicit ProbeWrite(std::function<void(const absl::Status&)> done)
      : done_(std::move(done)) {}

  Amount amount() const override { return {}; }
  void Decide(Draft& draft) override { draft.Probe(); }
  void Answer(const absl::Status& stored) override { done_(stored); }

 private:
  const std::function<void(const absl::Status&)> done_;
};

// A write with a result.
template <class Result>
class WriteOf final : public Write {
 public:
  WriteOf(Amount amount, Decision<Result> decision, Done<Result> done)
      : amount_(amount),
        decision_(std::move(decision)),
        done_(std::move(done)) {}

  Amount amount() const override { return amount_; }
  void Decide(Draft& draft) override { result_ = decision_(draft); }
  void Answer(const absl::Status& stored) override {
    done_(stored.ok() ? std::move(result_) : stored);
  }

 private:
  const Amount amount_;
  const Decision<Result> decision_;
  const Done<Result> done_;
  absl::StatusOr<Result> result_;
};

absl::Status CheckNotOver(const Store::Over& over) {
  if (over == nullptr || !over()) return absl::OkStatus();
  return absl::CancelledError(
      "the call was over before the store did anything");
}

absl::Status CheckFits(Amount amount, const DurableLog* log) {
  const Amount most = log == nullptr ? amount : log->limit();
  if (amount.changes <= most.changes && amount.bytes <= most.bytes) {
    return absl::OkStatus();
  }
  return Failed(absl::ResourceExhaustedError(absl::StrCat(
                    amount.changes, " changes with ", amount.bytes,
                    " bytes are too much for the log, which takes at most ",
                    most.changes, " with ", most.bytes, " bytes at once")),
                {"TOO_LARGE_FOR_LOG"});
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
  if (log_ == nullptr) return;
  if (log_->shared()) {
    barrier_ = std::make_unique<ReadBarrier>([this] { return CatchUp(); });
    follower_ =
        std::make_unique<Follower>(*log_, [this](std::vector<Change> changes) {
          // If it fails, the next change finds a gap and tries again.
          if (changes.empty() || !Apply(std::move(changes))) {
            CatchUp().IgnoreError();
          }
        });
  }
  committer_ = std::make_unique<Committer>(
      log_->limit(), [this](const Group& group) { Commit(group); });
}

Store::~Store() {
  committer_.reset();
  if (log_ != nullptr) log_->Stop();
}

// [current]
void Store::WhenCurrent(Reads reads, ReadBarrier::Then then) const {
  if (!shared() || reads == Reads::kStale) return then(absl::OkStatus());
  barrier_->Wait(std::move(then));
}
// [current]

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
      {}, std::move(over),
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
  const Amount amount{1, key.size() + value.size()};
  Submit<std::int64_t>(
      amount, std::move(over),
      [key = std::move(key), value = std::move(value),
       expected_revision](Draft& draft) -> absl::StatusOr<std::int64_t> {
        const auto old = draft.Find(key);
        const std::int64_t current = old == nullptr ? 0 : old->revision;
        if (expected_revision.has_value() && *expected_revision != current) {
          return Failed(absl::FailedPreconditionError(absl::StrCat(
                            "key ", Quoted(key), " is ", State(current),
                            ", not ", State(*expected_revision))),
                        {"REVISION_MISMATCH",
                         {{"current_revision", absl::StrCat(current)}}});
        }
        draft.Put(key, value);
        return draft.revision();
      },
      std::move(done));
}

void Store::Delete(std::string key, Over over, Done<Deletion> done) {
  const Amount amount{1, key.size()};
  Submit<Deletion>(
      amount, std::move(over),
      [key = std::move(key)](Draft& draft) -> absl::StatusOr<Deletion> {
        const bool there = draft.Find(key) != nullptr;
        if (there) draft.Delete(key);
        return Deletion{there, draft.revision()};
      },
      std::move(done));
}

void Store::Import(std::map<std::string, std::string> entries, Over over,
                   Done<std::int64_t> done) {
  Amount amount{entries.size(), 0};
  for (const auto& [key, value] : entries) {
    amount.bytes += key.size() + value.size();
  }
  // std::function needs what can be copied, so the lambda shares the map.
  const auto shared =
      std::make_shared<std::map<std::string, std::string>>(std::move(entries));
  Submit<std::int64_t>(
      amount, std::move(over),
      [shared](Draft& draft) -> absl::StatusOr<std::int64_t> {
        for (const auto& [key, value] : *shared) draft.Put(key, value);
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

void Store::Probe(std::function<void(const absl::Status&)> done) {
  if (committer_ == nullptr) return;
  committer_->Add(std::make_unique<ProbeWrite>(std::move(done)));
}

std::int64_t Store::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

// A write may wait in a group. When its turn comes, its call may be over.
template <class Result>
void Store::Submit(Amount amount, Over over, Decision<Result> decision,
                   Done<Result> done) {
  if (absl::Status bad = CheckFits(amount, log_.get()); !bad.ok()) {
    return done(bad);
  }
  auto write = std::make_unique<WriteOf<Result>>(
      amount,
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

void Store::Commit(const Group& group) {
  absl::Status stored;
  {
    const std::lock_guard lock(committing_);
    stored = DecideAndAppend(group);
  }
  // If nothing was stored, even an error may be wrong: it may be about an entry
  // that only the draft had.
  for (const auto& write : group) write->Answer(stored);
}

}  // namespace kv
