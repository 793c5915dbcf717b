// Stage 04: many changes and many watchers.
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"
#include "talk/writers.h"

namespace judge {
namespace {

constexpr int kWriters = 8;
constexpr int kWrites = 400;

// Collects the changes that a watch of all keys got, and compares them with the
// writes.
class Ledger final {
 public:
  Ledger(ServerTalk& talk, std::int64_t revision)
      : talk_(talk), last_(revision) {}

  // Adds a change. Returns false when it is not the next one.
  bool Add(const kv::v1::WatchResponse& change) {
    const std::int64_t revision = change.entry().revision();
    talk_.Expect(revision == last_ + 1, "every change once, in revision order",
                 revision > last_ ? "a gap: a change is missing"
                                  : "a change that it had sent before");
    last_ = revision;
    got_.push_back(change);
    return talk_.going();
  }

  // Expects that each collected change equals a write.
  void Compare(const Writers& writers) {
    for (const kv::v1::WatchResponse& change : got_) {
      if (!talk_.going()) return;
      const auto written = writers.changes().find(change.entry().revision());
      talk_.Expect(
          written != writers.changes().end() && Same(change, written->second),
          "each change as it was written",
          "a change with another key, value or type");
    }
  }

  std::int64_t last() const { return last_; }

 private:
  ServerTalk& talk_;
  std::int64_t last_;
  std::vector<kv::v1::WatchResponse> got_;
};

void WatchEvery(ServerTalk& talk) {
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, "judge/");
  Stands(talk, watch, revision);
  talk.LookAt(
      "record the change before the next write gets a revision: count and "
      "record under one lock");
  Writers writers(talk, kWriters, kWrites, "judge/watch_every/");
  Ledger ledger(talk, revision);
  while (talk.going() &&
         ledger.last() < revision + std::int64_t{kWriters} * kWrites) {
    const auto change = watch->Read();
    if (!change)
      writers.Join(talk);  // the failed write is the cause: report it
    talk.Expect(change.has_value(), "every change",
                change ? "" : WhyNoMessage(talk, *watch));
    if (change.has_value()) ledger.Add(*change);
  }
  writers.Join(talk);
  ledger.Compare(writers);
}

// Tests the transition from replayed to new changes, again and again.
void WatchSeam(ServerTalk& talk) {
  constexpr int kChanges =
      40;  // that we read from each watch before we cancel it
  const std::string key = talk.Key();
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const std::int64_t revision = put.message().revision();
  talk.LookAt(
      "lose no change between the replay and the new changes: read both from "
      "the same change log under one lock");
  Writers writers(talk, kWriters, kWrites / 4, "judge/watch_seam/");
  Ledger ledger(talk, revision);
  const std::int64_t end = revision + std::int64_t{kWriters} * (kWrites / 4);
  while (talk.going() && ledger.last() < end) {
    const auto watch =
        OpenWatchOn(talk.shared().channel, "judge/", ledger.last());
    for (int i = 0; i < kChanges && ledger.last() < end; ++i) {
      const auto change = watch->Read();
      if (!change) writers.Join(talk);
      talk.Expect(change.has_value(),
                  "every change, over several resumed watches",
                  change ? "" : WhyNoMessage(talk, *watch));
      if (!change || !ledger.Add(*change)) break;
    }
  }
  writers.Join(talk);
  ledger.Compare(writers);
}

void WatchSlow(ServerTalk& talk) {
  constexpr int kHistory = 100;
  constexpr int kChanges = 300;
  const std::string value(1 << 15,
                          'x');  // a few of them fill the flow-control window
  const std::string key = "judge/watch_slow";
  talk.StartOwn({absl::StrCat("--history=", kHistory)});
  const auto slow = OpenWatch(talk, key);
  Stands(talk, slow, 0);
  if (!talk.going()) return;
  talk.LookAt(
      "a watcher that does not read must not block writers or other watchers: "
      "never write to a stream while you hold the store's lock");
  const auto fast = OpenWatchOn(talk.shared().Connection(), key);
  Stands(talk, fast, 0);
  for (int i = 1; i <= kChanges && talk.going(); ++i) {
    talk.Put(key, value).Is(Written(i));
    Next(talk, fast, PutChange(key, value, i));
  }
  talk.Sent("the slow watcher now reads");
  talk.LookAt(
      "when a watcher has fallen behind --history, end it with OUT_OF_RANGE. "
      "Do not skip changes silently, and do not keep them for it without "
      "limit");
  for (int i = 1; i <= kChanges; ++i) {
    if (!talk.going()) return;
    const auto change = slow->Read();
    if (!change.has_value()) {
      Ends(talk, slow, StatusCode::OUT_OF_RANGE);
      return;
    }
    talk.Expect(change->entry().revision() == i,
                "the next change, or OUT_OF_RANGE",
                "a later change, so some were skipped");
  }
  talk.Expect(false, "OUT_OF_RANGE", "every change");
}

void WatchQuiet(ServerTalk& talk) {
  constexpr int kHistory = 200;
  constexpr int kElsewhere = 2 * kHistory;
  talk.StartOwn({absl::StrCat("--history=", kHistory)});
  const auto quiet = OpenWatch(talk, "judge/quiet");
  Stands(talk, quiet, 0);
  talk.LookAt(
      "a watcher has seen a change as soon as it knows that the change is not "
      "under its prefix. Move its position on, also if it sends nothing");
  for (int i = 1; i <= kElsewhere; ++i) {
    talk.Put("judge/busy", "1").Is(Written(i));
  }
  talk.Put("judge/quiet", "1").Is(Written(kElsewhere + 1));
  Next(talk, quiet, PutChange("judge/quiet", "1", kElsewhere + 1));
}

}  // namespace

std::vector<ServerQuestion> WatcherQuestions() {
  return {
      {"watch_every", "each change once, in order, with many writers", 4,
       WatchEvery},
      {"watch_seam", "a Watch can be resumed without a gap", 4, WatchSeam},
      {"watch_slow", "a slow watcher blocks no one, then is ended", 4,
       WatchSlow},
      {"watch_quiet", "a watcher of a quiet prefix does not fall behind", 4,
       WatchQuiet},
  };
}

}  // namespace judge
