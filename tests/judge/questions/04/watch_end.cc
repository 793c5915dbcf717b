// Stage 04: how a Watch ends.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "questions/all.h"
#include "talk/stream_talk.h"
#include "talk/usage.h"

namespace judge {
namespace {

// If each cancelled watch kept its thread, so many watches would use up all of
// a server's threads. A correct server may notice a cancellation a little late,
// and may reject calls until then.
void WatchCancelled(ServerTalk& talk) {
  constexpr int kWatches = 100;
  talk.StartOwn({"--grace=60s"});
  if (!talk.going()) return;
  talk.LookAt(
      "no event wakes a handler that waits for the next change, so let it "
      "check regularly whether its call was cancelled",
      "IsCancelled()");
  talk.Sent(absl::StrCat(kWatches, " times: Watch {}, then cancel it"));
  for (int i = 0; i < kWatches && talk.going(); ++i) {
    const absl::Time until = absl::Now() + Patience();
    auto watch = OpenWatchOn(talk.shared().channel, "");
    while (!watch->Header(kRevisionKey) && absl::Now() < until) {
      const auto end = watch->End();
      if (!end || end->error_code() != StatusCode::RESOURCE_EXHAUSTED) break;
      watch = OpenWatchOn(talk.shared().channel, "");
    }
    Stands(talk, watch, 0);
    watch->Cancel();
    Ends(talk, watch, StatusCode::CANCELLED);
  }
}

// How long the server's threads ran or waited for a processor; 0 if the judge
// has not started the server.
absl::Duration Runnable(ServerTalk& talk) {
  const auto& process = talk.shared().process;
  if (process == nullptr) return absl::ZeroDuration();
  return UsageOf(process->pid()).runnable;
}

void WatchDeadline(ServerTalk& talk) {
  constexpr absl::Duration kTime = absl::Milliseconds(300);
  constexpr int kTries = 3;
  const std::string key = talk.Key();
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const std::int64_t revision = put.message().revision();
  talk.Put(key, "2").IsOk();
  // A server may be busy with something else, such as a garbage collector, but
  // not each time.
  bool busy = true;
  for (int i = 0; i < kTries && busy && talk.going(); ++i) {
    talk.LookAt(
        "after it has replayed old changes a Watch must stay open for new "
        "ones");
    const absl::Time deadline = absl::Now() + kTime;
    const auto watch = OpenWatch(talk, key, revision, deadline);
    if (watch == nullptr) return;
    const absl::Duration before = Runnable(talk);
    while (watch->Read().has_value()) {
    }
    busy = Runnable(talk) - before > kTime / 4;
    Ends(talk, watch, StatusCode::DEADLINE_EXCEEDED);
    talk.LookAt("the server must still answer other calls");
    talk.Get(key).Is(Found(key, "2", revision + 1));
  }
  talk.LookAt(
      "wait for the next change with a condition variable or a similar means, "
      "at least some milliseconds. Don't ask for it again and again");
  talk.Expect(!busy, "hardly any processor time for a Watch that waits",
              "it uses a processor all the time");
}

void WatchSigterm(ServerTalk& talk) {
  talk.StartOwn({"--grace=60s"});
  const auto watch = OpenWatch(talk, "");
  Stands(talk, watch, 0);
  if (!talk.going()) return;
  talk.LookAt(
      "tell the watches that the server stops before you wait for open calls: "
      "otherwise they stay open until the grace period is over",
      "before Shutdown()");
  talk.Sent("SIGTERM");
  talk.Signal(SIGTERM);
  const auto end = watch->End();
  // Some libraries can only cancel a call when the server stops.
  talk.Expect(end && (end->error_code() == StatusCode::UNAVAILABLE ||
                      end->error_code() == StatusCode::CANCELLED),
              "UNAVAILABLE, long before the grace period is over",
              !end        ? "the call still runs"
              : end->ok() ? "OK"
                          : Describe(*end));
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> WatchEndQuestions() {
  return {
      {"watch_cancelled", "a cancelled Watch ends on the server", 4,
       WatchCancelled},
      {"watch_deadline", "a Watch stays open until its deadline", 4,
       WatchDeadline},
      {"watch_sigterm", "a Watch ends when the server stops", 4, WatchSigterm},
  };
}

}  // namespace judge
