// Stage 04: from which revision a Watch can start.
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
      "keep the changes in the store, not only the entries. A Watch first "
      "sends every change after after_revision, as it happened");
  const auto watch = OpenWatch(talk, key, revision + 1);
  Stands(talk, watch, revision + 1);
  Next(talk, watch, PutChange(key, "2", revision + 2));
  Next(talk, watch, DeleteChange(key, revision + 4));
  Next(talk, watch, PutChange(key, "5", revision + 5));
  Next(talk, watch, PutChange(key, "6", revision + 6));
  talk.LookAt("after that, send the changes that follow");
  talk.Put(key, "7").Is(Written(revision + 7));
  Next(talk, watch, PutChange(key, "7", revision + 7));
  talk.LookAt(
      "when after_revision is the store's current revision, there is nothing "
      "to replay");
  const auto now = OpenWatch(talk, key, revision + 7);
  Stands(talk, now, revision + 7);
  talk.Put(key, "8").Is(Written(revision + 8));
  Next(talk, now, PutChange(key, "8", revision + 8));
}

void WatchFromStart(ServerTalk& talk) {
  talk.LookAt(
      "after_revision is optional. 0 asks for every change since the store "
      "began. Only when the field is unset does a watch start with the next "
      "change");
  talk.StartOwn({});
  talk.Put("judge/watch_from_start", "1").Is(Written(1));
  talk.Put("judge/watch_from_start", "2").Is(Written(2));
  const auto watch = OpenWatch(talk, "judge/", 0);
  Stands(talk, watch, 0);
  Next(talk, watch, PutChange("judge/watch_from_start", "1", 1));
  Next(talk, watch, PutChange("judge/watch_from_start", "2", 2));
}

void WatchRefused(ServerTalk& talk) {
  talk.LookAt("check both fields before you send the initial metadata");
  const std::string longest(kMaxKeyBytes, 'x');
  Ends(talk, OpenWatch(talk, longest + "x"), StatusCode::INVALID_ARGUMENT,
       "prefix");
  Ends(talk, OpenWatch(talk, "", -1), StatusCode::INVALID_ARGUMENT,
       "after_revision");
  talk.LookAt("a prefix may have 512 bytes");
  const std::int64_t revision = talk.Revision();
  Stands(talk, OpenWatch(talk, longest), revision);
}

// Expects that one of the numbers in the status's message is a revision from
// which a Watch can start. The requested revision does not count.
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
      "name the revision from which a Watch can start in the message, so that "
      "the client can continue");
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
  talk.Expect(false, "a message with a revision from which a Watch can start",
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
      "--history is the number of changes that the server keeps. Do not start "
      "the Watch at a later revision: the client would miss changes");
  const std::int64_t last = FillHistory(talk);
  const auto status =
      Ends(talk, OpenWatch(talk, "judge/", 1), StatusCode::OUT_OF_RANGE);
  NamesARevision(talk, status, 1, last);
  talk.LookAt("keep exactly as many changes as --history says");
  const std::int64_t oldest = last - kHistory;
  const auto watch = OpenWatch(talk, "judge/", oldest);
  Stands(talk, watch, oldest);
  Next(talk, watch,
       PutChange("judge/history", absl::StrCat(oldest + 1), oldest + 1));
}

void WatchAhead(ServerTalk& talk) {
  talk.LookAt(
      "a revision that the store has not reached comes from another store. If "
      "the Watch waited for it, it would miss all changes before it");
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
      {"watch_resume", "after_revision replays the missed changes first", 4,
       WatchResume},
      {"watch_from_start", "after_revision 0 replays every change", 4,
       WatchFromStart},
      {"watch_refused", "a bad prefix or revision is INVALID_ARGUMENT", 4,
       WatchRefused},
      {"watch_too_old", "a change no longer kept is OUT_OF_RANGE", 4,
       WatchTooOld},
      {"watch_ahead", "a future revision is OUT_OF_RANGE", 4, WatchAhead},
  };
}

}  // namespace judge
