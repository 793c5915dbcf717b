// Stage 04: how a Watch ends.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// More than a server has threads, should each go on after its watch was
// cancelled. A right one may need a moment to take note of that: while it does
// it may refuse a call.
void WatchCancelled(ServerTalk& talk) {
  constexpr int kWatches = 100;
  talk.StartOwn({"--grace=60s"});
  if (!talk.going()) return;
  talk.LookAt(
      "nobody wakes a handler that waits for the next change: it must look at "
      "IsCancelled() again and again");
  talk.Sent(absl::StrCat(kWatches, " times: Watch {}, and cancel it"));
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

void WatchDeadline(ServerTalk& talk) {
  constexpr absl::Duration kTime = absl::Milliseconds(300);
  talk.LookAt("a Watch goes on: what was replayed is not the end of it");
  const std::string key = talk.Key();
  const auto put = talk.Put(key, "1");
  put.IsOk();
  const std::int64_t revision = put.message().revision();
  talk.Put(key, "2").IsOk();
  const absl::Time deadline = absl::Now() + kTime;
  const auto watch = OpenWatch(talk, key, revision, deadline);
  if (watch == nullptr) return;
  while (watch->Read().has_value()) {
  }
  Ends(talk, watch, StatusCode::DEADLINE_EXCEEDED);
  talk.LookAt("the server is none the worse for it");
  talk.Get(key).Is(Found(key, "2", revision + 1));
}

void WatchSigterm(ServerTalk& talk) {
  talk.StartOwn({"--grace=60s"});
  const auto watch = OpenWatch(talk, "");
  Stands(talk, watch, 0);
  if (!talk.going()) return;
  talk.LookAt(
      "a Watch would go on until the grace is over: tell the watchers that the "
      "server stops, before Shutdown()");
  talk.Sent("SIGTERM");
  talk.Signal(SIGTERM);
  const auto end = watch->End();
  // Some libraries can only cancel a call that a server gives up.
  talk.Expect(end && (end->error_code() == StatusCode::UNAVAILABLE ||
                      end->error_code() == StatusCode::CANCELLED),
              "the end: UNAVAILABLE, long before the grace is over",
              !end        ? "the call still runs"
              : end->ok() ? "OK"
                          : Describe(*end));
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> WatchEndQuestions() {
  return {
      {"watch_cancelled", "a cancelled Watch ends on the server, too", 4,
       WatchCancelled},
      {"watch_deadline", "a Watch goes on until its deadline", 4,
       WatchDeadline},
      {"watch_sigterm", "a Watch ends when the server stops", 4, WatchSigterm},
  };
}

}  // namespace judge
