#include "store/etcd_log.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "store/cause.h"
#include "store/random_id.h"

namespace kv {
namespace {

constexpr absl::string_view kFormat = "1";
// Entries of about so many bytes are read at once.
constexpr std::size_t kPageBytes = 4 << 20;
// Removing costs a transaction as much as a change, so it waits for so many.
// And more would hold up the cluster.
constexpr std::int64_t kRemoveStep = 100;
constexpr std::int64_t kMaxRemoved = 1000;

// Only the store sees it, which then loads again.
absl::Status Gone() { return absl::OutOfRangeError(""); }

// For clients, who need not know where etcd is.
std::string Words(const absl::Status& why) {
  return OutcomeUnknown(why) ? "etcd does not answer"
                             : absl::StrCat("etcd: ", why.message());
}

absl::Status NotWritten(const absl::Status& why) {
  return Failed(absl::UnavailableError(Words(why)), {"NOT_WRITTEN"});
}

absl::Status MaybeWritten(const absl::Status& why) {
  return Failed(absl::UnavailableError(
                    absl::StrCat(Words(why), ": the write may be done or not")),
                {"OUTCOME_UNKNOWN"});
}

}  // namespace

EtcdLog::EtcdLog(std::unique_ptr<Etcd> etcd, std::string prefix,
                 Patience patience)
    : etcd_(std::move(etcd)),
      layout_(std::move(prefix)),
      patience_(patience),
      retry_(patience.one_try),
      instance_(RandomId()) {}

EtcdLog::EtcdLog(std::unique_ptr<Etcd> etcd, std::string prefix)
    : EtcdLog(std::move(etcd), std::move(prefix), Patience{}) {}

absl::StatusOr<DurableLog::Content> EtcdLog::Load() {
  for (int attempt = 1;; ++attempt) {
    auto content = LoadOnce();
    // A page may be compacted away while the pages before it are read.
    if (!absl::IsOutOfRange(content.status()) || attempt == 5) return content;
  }
}

// [begin]
// Several servers may find nothing, and one of them makes the store.
absl::Status EtcdLog::Begin(Etcd::Milliseconds timeout) {
  Etcd::Transaction first;
  first.absent = layout_.StoreKey();
  first.puts = {{first.absent, absl::StrCat(kFormat, " ", RandomId())},
                {layout_.ChangeKey(0), "begin"}};
  return etcd_->Run(first, timeout).status();
}
// [begin]

absl::StatusOr<DurableLog::Content> EtcdLog::LoadOnce() {
  retry_.Expect();
  Content content;
  const auto store = retry_.Run(
      patience_.start,
      [&](Etcd::Milliseconds timeout) -> absl::StatusOr<Etcd::Page> {
        if (absl::Status made = Begin(timeout); !made.ok()) return made;
        return etcd_->Read(Etcd::Range::Of(layout_.StoreKey()), 1, 0, timeout);
      });
  if (!store.ok()) return store.status();
  const std::pair<std::string, std::string> about =
      absl::StrSplit(store->pairs.empty() ? "" : store->pairs[0].value,
                     absl::MaxSplits(' ', 1));
  if (about.first != kFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the store has format ", about.first, ", and this server knows ",
        kFormat, ": use a newer server"));
  }
  content.store_id = about.second;
  std::int64_t etcd_revision = 0;
  absl::Status done = LoadEntries(content, etcd_revision);
  if (done.ok()) done = LoadChanges(content, etcd_revision);
  if (!done.ok()) return done;
  removed_ =
      content.revision - static_cast<std::int64_t>(content.changes.size());
  return content;
}

absl::StatusOr<Etcd::Page> EtcdLog::ReadPage(const Etcd::Range& range,
                                             std::int64_t limit,
                                             std::int64_t etcd_revision) {
  return retry_.Run(patience_.start, [&](Etcd::Milliseconds /*timeout*/) {
    return etcd_->Read(range, limit, etcd_revision, patience_.start);
  });
}

// The first page chooses the moment, and all others are read as of that.
absl::Status EtcdLog::LoadEntries(Content& content,
                                  std::int64_t& etcd_revision) {
  Etcd::Range range = layout_.AllEntries();
  std::int64_t limit = EtcdLayout::kBlock;
  for (bool more = true; more;) {
    const auto page = ReadPage(range, limit, etcd_revision);
    if (!page.ok()) return page.status();
    if (etcd_revision == 0) etcd_revision = page->revision;
    more = page->more;
    std::size_t bytes = 0;
    for (const Etcd::Pair& pair : page->pairs) {
      auto entry = layout_.DecodeEntry(pair);
      if (!entry.ok()) return entry.status();
      bytes += entry->key.size() + entry->value.size();
      const std::string key = entry->key;
      content.entries.emplace_hint(
          content.entries.end(), key,
          std::make_shared<const Entry>(*std::move(entry)));
      range.first = pair.key + '\0';
    }
    limit =
        bytes < kPageBytes ? limit * 2 : std::max<std::int64_t>(1, limit / 2);
  }
  return absl::OkStatus();
}

absl::Status EtcdLog::LoadChanges(Content& content,
                                  std::int64_t etcd_revision) {
  // The first one that is still there. The beginning is not a change.
  const auto oldest = ReadPage(layout_.AllChanges(), 1, etcd_revision);
  if (!oldest.ok()) return oldest.status();
  auto block = layout_.DecodeChanges(oldest->pairs);
  if (!block.ok()) return block.status();
  while (!block->empty()) {
    for (Change& change : *block) {
      const std::int64_t revision = change.entry->revision;
      if (!content.changes.empty() && revision != content.revision + 1) {
        return absl::DataLossError(
            absl::StrCat("change ", content.revision + 1, " is missing"));
      }
      content.revision = revision;
      // Most changes are those of the entries, and share their memory.
      const auto now = content.entries.find(change.entry->key);
      if (now != content.entries.end() && now->second->revision == revision) {
        change.entry = now->second;
      }
      content.changes.push_back(std::move(change));
    }
    const auto page =
        ReadPage(layout_.NextChanges(content.revision), 0, etcd_revision);
    if (!page.ok()) return page.status();
    block = layout_.DecodeChanges(page->pairs);
    if (!block.ok()) return block.status();
  }
  return absl::OkStatus();
}

// [append]
absl::StatusOr<std::vector<Change>> EtcdLog::Append(
    const std::vector<Change>& changes, std::int64_t forget) {
  // After a failure we first find out whether etcd answers again. If not, then
  // nothing was proposed, and the client can know that.
  if (changes.empty() || !retry_.answers()) {
    if (absl::Status probed = Probe(); !probed.ok()) return NotWritten(probed);
  }
  if (changes.empty()) return changes;

  const std::string id = absl::StrCat(instance_, ".", ++proposals_);
  Etcd::Transaction proposal = layout_.Proposal(changes, id);
  const std::int64_t removed = std::min(forget, removed_ + kMaxRemoved);
  if (removed - removed_ >= kRemoveStep) {
    proposal.removes.push_back(
        {layout_.ChangeKey(removed_), layout_.ChangeKey(removed + 1)});
  }
  absl::Status lost;  // why nobody knows of an earlier attempt
  const auto outcome =
      retry_.Run(patience_.all, [&](Etcd::Milliseconds timeout) {
        auto attempt = etcd_->Run(proposal, timeout);
        if (OutcomeUnknown(attempt.status())) lost = attempt.status();
        return attempt;
      });
  if (!outcome.ok()) {
    return lost.ok() ? NotWritten(outcome.status()) : MaybeWritten(lost);
  }
  if (outcome->done) {
    if (removed - removed_ >= kRemoveStep) removed_ = removed;
    return std::vector<Change>{};
  }
  // Somebody has our place: another server, or an attempt of ours whose answer
  // was lost. If nobody has, we are so far behind that the change before it is
  // gone, and maybe ours with it.
  const std::vector<Etcd::Pair>& pairs = outcome->page.pairs;
  if (pairs.empty() || pairs.front().key != proposal.absent) {
    return lost.ok() ? Gone() : MaybeWritten(lost);
  }
  const auto first = layout_.DecodeProposed(pairs.front());
  if (!first.ok()) return first.status();
  if (first->id == id) return std::vector<Change>{};
  return layout_.DecodeChanges(pairs);
}
// [append]

absl::StatusOr<Etcd::Outcome> EtcdLog::Run(
    const Etcd::Transaction& transaction) {
  return retry_.Run(patience_.all, [&](Etcd::Milliseconds timeout) {
    return etcd_->Run(transaction, timeout);
  });
}

absl::Status EtcdLog::Probe() {
  Etcd::Transaction write;
  write.puts = {{layout_.ProbeKey(), instance_}};
  return Run(write).status();
}

// [read]
// A transaction that writes nothing is a question. etcd answers it after it has
// made sure that its leader still leads.
absl::StatusOr<DurableLog::Tail> EtcdLog::ReadAfter(std::int64_t revision) {
  Etcd::Transaction question;
  question.present = layout_.ChangeKey(revision);
  question.read = layout_.NextChanges(revision);
  const auto outcome = Run(question);
  if (!outcome.ok()) {
    return Failed(absl::UnavailableError(Words(outcome.status())),
                  {"LOG_UNAVAILABLE"});
  }
  if (!outcome->done) return Gone();
  auto changes = layout_.DecodeChanges(outcome->page.pairs);
  if (!changes.ok()) return changes.status();
  const bool whole =
      changes->size() < static_cast<std::size_t>(EtcdLayout::kBlock);
  return Tail{*std::move(changes), whole};
}
// [read]

absl::Status EtcdLog::Follow(const Receive& receive) {
  return etcd_->Watch(
      layout_.AllChanges(), [&](const std::vector<Etcd::Pair>& pairs) {
        // What can't be read is missing, and ReadAfter() says why.
        receive(layout_.DecodeChanges(pairs).value_or(std::vector<Change>{}));
      });
}

void EtcdLog::Stop() {
  retry_.Stop();
  etcd_->Stop();
}

}  // namespace kv
