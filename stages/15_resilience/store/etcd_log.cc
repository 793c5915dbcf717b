#include "store/etcd_log.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/cause.h"
#include "store/random_id.h"

namespace kv {
namespace {

// How many changes a transaction removes, at least and at most. It blocks the
// cluster while it removes them.
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
