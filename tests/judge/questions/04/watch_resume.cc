// Stage 04: from which revision a Watch can begin.
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void WatchResume(ServerTalk& talk) {
  const std::string key = talk.Key("/a");
  const std::string other = talk.Key("/b");
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Put(key, "2").Is(Written(revision + 2));
  talk.Put(other, "3").Is(Written(revision + 3));
  talk.Delete(key).Is(Deleted(true, revision + 4));
  talk.Put(key, "5").Is(Written(revision + 5));
  talk.Put(key, "6").Is(Written(revision + 6));
  talk.LookAt(
      "the store must remember changes, not only entries: first every change "
      "after after_revision is sent, as it was");
  const auto watch = OpenWatch(talk, key, revision + 1);
  Stands(talk, watch, revision + 1);
  Next(talk, watch, PutChange(key, "2", revision + 2));
  Next(talk, watch, DeleteChange(key, revision + 4));
  Next(talk, watch, PutChange(key, "5", revision + 5));
  Next(talk, watch, PutChange(key, "6", revision + 6));
  talk.LookAt("then it goes on with what follows");
  talk.Put(key, "7").Is(Written(revision + 7));
  Next(talk, watch, PutChange(key, "7", revision + 7));
  talk.LookAt("after the store's own revision there is nothing to replay");
  const auto now = OpenWatch(talk, key, revision + 7);
  Stands(talk, now, revision + 7);
  talk.Put(key, "8").Is(Written(revision + 8));
  Next(talk, now, PutChange(key, "8", revision + 8));
}

void WatchFromStart(ServerTalk& talk) {
  talk.LookAt(
      "after_revision is optional: 0 asks for every change since the store "
      "began, and only without the field a watch begins now");
  talk.StartOwn({});
  talk.Put("judge/watch_from_start", "1").Is(Written(1));
  talk.Put("judge/watch_from_start", "2").Is(Written(2));
  const auto watch = OpenWatch(talk, "judge/", 0);
  Stands(talk, watch, 0);
  Next(talk, watch, PutChange("judge/watch_from_start", "1", 1));
  Next(talk, watch, PutChange("judge/watch_from_start", "2", 2));
}

void WatchRefused(ServerTalk& talk) {
  talk.LookAt("check both fields before the initial metadata is sent");
  const std::string longest(kMaxKeyBytes, 'x');
  Ends(talk, OpenWatch(talk, longest + "x"), StatusCode::INVALID_ARGUMENT,
       "prefix");
  Ends(talk, OpenWatch(talk, "", -1), StatusCode::INVALID_ARGUMENT,
       "after_revision");
  talk.LookAt("512 bytes are still a prefix");
  const std::int64_t revision = talk.Revision();
  Stands(talk, OpenWatch(talk, longest), revision);
}

// Takes a status' message at its word: one of the numbers in it, other than the
// one that was asked for, is a revision that can be watched from.
void NamesARevision(ServerTalk& talk, const grpc::Status& status,
                    std::int64_t asked, std::int64_t last) {
  constexpr std::size_t kMost = 8;  // more numbers than any message has
  if (!talk.going()) return;
  std::vector<std::int64_t> numbers;
  std::int64_t number = 0;
  bool in_number = false;
  for (const char c : status.error_message() + ".") {
    if (c >= '0' && c <= '9' && number < last) {
      number = number * 10 + (c - '0');
      in_number = true;
    } else if (std::exchange(in_number, false)) {
      numbers.push_back(std::exchange(number, 0));
    }
  }
  talk.LookAt(
      "the message names the revision that a Watch may begin after, so that "
      "the client can go on");
  if (numbers.size() > kMost) numbers.resize(kMost);
  for (const std::int64_t candidate : numbers) {
    if (candidate == asked || candidate <= 0 || candidate > last) continue;
    const auto watch = OpenWatchOn(talk.shared().channel, "judge/", candidate);
    if (watch->Header(kRevisionKey) != absl::StrCat(candidate)) continue;
    std::int64_t next = candidate + 1;
    for (; next <= last; ++next) {
      const auto change = watch->Read();
      if (!change || change->entry().revision() != next) break;
    }
    if (next == last + 1) return;  // the whole rest was replayed
  }
  talk.Expect(false, "a message with a revision that can be watched from",
              Describe(status));
}

constexpr int kHistory = 100;
constexpr int kWritten = 300;

std::int64_t FillHistory(ServerTalk& talk) {
  talk.StartOwn({absl::StrCat("--history=", kHistory)});
  for (int i = 1; i <= kWritten; ++i) {
    talk.Put("judge/history", absl::StrCat(i)).Is(Written(i));
  }
  return kWritten;
}

void WatchTooOld(ServerTalk& talk) {
  talk.LookAt(
      "--history is how many changes the server keeps; to begin with a later "
      "one than was asked for would be to miss some");
  const std::int64_t last = FillHistory(talk);
  const auto status =
      Ends(talk, OpenWatch(talk, "judge/", 1), StatusCode::OUT_OF_RANGE);
  NamesARevision(talk, status, 1, last);
  talk.LookAt("as many changes as --history says are kept");
  const std::int64_t oldest = last - kHistory;
  const auto watch = OpenWatch(talk, "judge/", oldest);
  Stands(talk, watch, oldest);
  Next(talk, watch,
       PutChange("judge/history", absl::StrCat(oldest + 1), oldest + 1));
}

void WatchAhead(ServerTalk& talk) {
  talk.LookAt(
      "a revision that the store has not reached was another store's: to wait "
      "for it would be to miss what comes before");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  const auto status =
      Ends(talk, OpenWatch(talk, key, revision + 2), StatusCode::OUT_OF_RANGE);
  NamesARevision(talk, status, revision + 2, revision + 1);
  Ends(talk, OpenWatch(talk, key, INT64_MAX), StatusCode::OUT_OF_RANGE);
}

}  // namespace

std::vector<ServerQuestion> WatchResumeQuestions() {
  return {
      {"watch_resume", "after_revision first replays what was missed", 4,
       WatchResume},
      {"watch_from_start", "after_revision 0 is from the beginning", 4,
       WatchFromStart},
      {"watch_refused", "a bad prefix or revision is INVALID_ARGUMENT", 4,
       WatchRefused},
      {"watch_too_old", "what is no longer kept is OUT_OF_RANGE", 4,
       WatchTooOld},
      {"watch_ahead", "a revision not reached yet is OUT_OF_RANGE", 4,
       WatchAhead},
  };
}

}  // namespace judge
