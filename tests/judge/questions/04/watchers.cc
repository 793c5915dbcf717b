// Stage 04: many changes and many watchers.
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"
#include "talk/writers.h"

namespace judge {
namespace {

constexpr int kWriters = 8;
constexpr int kWrites = 400;

// What a watcher of everything got, compared with what was written.
class Ledger final {
 public:
  Ledger(ServerTalk& talk, std::int64_t revision)
      : talk_(talk), last_(revision) {}

  // Notes a change; false when it is not the next one.
  bool Add(const kv::v1::WatchResponse& change) {
    const std::int64_t revision = change.entry().revision();
    talk_.Expect(revision == last_ + 1, "every change once, in revision order",
                 revision > last_ ? "changes, and one of them is missing"
                                  : "a change that came before");
    last_ = revision;
    got_.push_back(change);
    return talk_.going();
  }

  // Expects what was added to be what the writers did.
  void Compare(const Writers& writers) {
    for (const kv::v1::WatchResponse& change : got_) {
      if (!talk_.going()) return;
      const auto written = writers.changes().find(change.entry().revision());
      talk_.Expect(
          written != writers.changes().end() && Same(change, written->second),
          "each change as it was made",
          "another key, value or kind of change than was written");
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
      "the change must be in its place before the next write gets a revision: "
      "count and note it under one lock");
  Writers writers(talk, kWriters, kWrites, "judge/watch_every/");
  Ledger ledger(talk, revision);
  while (talk.going() &&
         ledger.last() < revision + std::int64_t{kWriters} * kWrites) {
    const auto change = watch->Read();
    if (!change) writers.Join(talk);  // what was not written can't come
    talk.Expect(change.has_value(), "every change",
                change ? "" : WhyNoMessage(talk, *watch));
    if (change.has_value()) ledger.Add(*change);
  }
  writers.Join(talk);
  ledger.Compare(writers);
}

// The seam between what is replayed and what follows, again and again.
void WatchSeam(ServerTalk& talk) {
  constexpr int kChanges = 40;  // that each watch gives before it breaks off
  const std::string key = talk.Key();
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const std::int64_t revision = put.message().revision();
  talk.LookAt(
      "between the last change that is replayed and the first that follows no "
      "moment may be left: look for both in one place");
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
                  "every change, from watches that are resumed",
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
  const std::string value(1 << 15, 'x');  // the first few fill flow control
  const std::string key = "judge/watch_slow";
  talk.StartOwn({absl::StrCat("--history=", kHistory)});
  const auto slow = OpenWatch(talk, key);
  Stands(talk, slow, 0);
  if (!talk.going()) return;
  talk.LookAt(
      "a watcher that does not read must hold up neither writers nor other "
      "watchers: never write to a stream under the store's lock");
  const auto fast = OpenWatchOn(talk.shared().Connection(), key);
  Stands(talk, fast, 0);
  for (int i = 1; i <= kChanges && talk.going(); ++i) {
    talk.Put(key, value).Is(Written(i));
    Next(talk, fast, PutChange(key, value, i));
  }
  talk.Sent("now the watcher that did not read reads on");
  talk.LookAt(
      "a watcher that fell behind what the server keeps is told so: no change "
      "is left out in silence, and none is kept for it without end");
  for (int i = 1; i <= kChanges; ++i) {
    if (!talk.going()) return;
    const auto change = slow->Read();
    if (!change.has_value()) {
      Ends(talk, slow, StatusCode::OUT_OF_RANGE);
      return;
    }
    talk.Expect(change->entry().revision() == i,
                "the next change, or the end: OUT_OF_RANGE", "a later change");
  }
  talk.Expect(false, "the end: OUT_OF_RANGE", "every change");
}

}  // namespace

std::vector<ServerQuestion> WatcherQuestions() {
  return {
      {"watch_every", "each change once, in order, while many write", 4,
       WatchEvery},
      {"watch_seam", "a Watch that breaks is resumed without a gap", 4,
       WatchSeam},
      {"watch_slow", "who does not read holds up nobody, and is told", 4,
       WatchSlow},
  };
}

}  // namespace judge
