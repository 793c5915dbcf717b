// Beyond stages 08 and 09: what a learner has added to who may call what.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/guard_talk.h"
#include "talk/pipeline_talk.h"
#include "talk/stream_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

void LogBegin(ServerTalk& talk) {
  talk.LookAt(
      "a Watch may go on for hours: its line at the end comes too late. Write "
      "one when the call comes in, by an interceptor that knows the user");
  StartTls(talk,
           {"--token_file=" + talk.File("tokens", UsersFile()), "--log_calls"},
           Token(kAlice));
  const std::string key = talk.Key("/log");
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, revision);
  if (!talk.going()) return;
  Process& process = *talk.shared().process;
  const std::string line = "begin /kv.v1.KeyValueService/Watch alice\n";
  talk.Expect(
      process.WaitForError(line, 0, Patience()),
      absl::StrCat("on stderr, while the call runs, ", Quoted(line, 60)),
      "other lines, or none");
  talk.LookAt("the line at the end stays as it was");
  watch->Cancel();
  talk.Expect(
      process.WaitForError("\n/kv.v1.KeyValueService/Watch alice CANCELLED", 0,
                           Patience()),
      "a line with the status, when it is over", "none");
  talk.LookAt("whoever is refused was not let in as anybody");
  const Guarded guarded(talk);
  guarded.IsRefused("List", Token("wrong"));
  guarded.IsRefused("List", {{"auth-user", "alice"}});
  talk.Expect(!absl::StrContains(process.err(),
                                 "begin /kv.v1.KeyValueService/List alice"),
              "no such line for a call without her token",
              "one that names alice");
  KeepsSecret(talk, Secrets());
}

void Quota(ServerTalk& talk) {
  const std::vector<std::string> flags = {
      "--token_file=" + talk.File("tokens", UsersFile()),
      "--max_calls_per_user=2"};
  StartTls(talk, flags, Token(kAlice));
  talk.LookAt("two calls of Alice run, so a third one is refused");
  const std::int64_t revision = talk.Revision();
  const auto first = OpenWatch(talk, "judge/quota");
  Stands(talk, first, revision);
  const auto second = OpenWatch(talk, "judge/quota");
  Stands(talk, second, revision);
  talk.Get("judge/absent").Fails(StatusCode::RESOURCE_EXHAUSTED);
  talk.Put("judge/quota", "1").Fails(StatusCode::RESOURCE_EXHAUSTED);
  if (!talk.going()) return;
  talk.LookAt("each user has a number of their own");
  talk.shared().caller.metadata = Token(kBob);
  talk.Get("judge/absent").Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision);
  talk.LookAt("count down however a call ends: a destructor is not forgotten");
  talk.shared().caller.metadata = Token(kAlice);
  talk.Sent("the end of a watch");
  first->Cancel();
  GetUntil(talk, kAlice, StatusCode::RESOURCE_EXHAUSTED);
  talk.LookAt(
      "a Pipeline is one call, also where it uses the code of Get for its "
      "operations");
  StartTls(talk, flags, Token(kAlice));
  AllWork(talk);
}

// Alice may write; Carol is what the question is about.
void StartWithRole(ServerTalk& talk, const std::string& role) {
  const std::string file = Line("alice", kAlice) + Line("carol", kCarol, role);
  StartTls(talk, {"--token_file=" + talk.File("tokens", file)}, Token(kAlice));
}

void WatcherRole(ServerTalk& talk) {
  StartWithRole(talk, "watcher");
  talk.LookAt(
      "a third role is no longer a yes or no: name what each one may call");
  const Guarded guarded(talk);
  guarded.AreRefused({"Get", "Put", "Delete", "Import", "Pipeline"},
                     Token(kCarol), Denied());
  guarded.AreRefused({"/kv.v1.KeyValueService/NoSuchMethod"}, Token(kCarol),
                     Denied());
  const std::string key = talk.Key("/seen");
  const std::int64_t revision = talk.Revision() + 2;
  talk.Put(key, "0").Is(Written(revision - 1));
  talk.Put(key, "1").Is(Written(revision));
  if (!talk.going()) return;
  talk.LookAt("a watcher may call List and Watch");
  talk.shared().caller.metadata = Token(kCarol);
  Lists(talk, key, {EntryOf(key, "1", revision)});
  const auto watch = OpenWatch(talk, key, revision - 1);
  Next(talk, watch, PutChange(key, "1", revision));
}

void BatchRole(ServerTalk& talk) {
  StartWithRole(talk, "batch");
  const std::string key = talk.Key("/batch");
  const std::int64_t revision = talk.Revision() + 1;
  talk.Put(key, "1").Is(Written(revision));
  const Guarded guarded(talk);
  talk.LookAt("it may read, and it may call Pipeline; not write");
  guarded.AreRefused({"Put", "Delete", "Import"}, Token(kCarol), Denied());
  if (!talk.going()) return;
  talk.shared().caller.metadata = {{"auth-user", "alice"}, {"token", kCarol}};
  talk.Get(key).Is(Found(key, "1", revision));
  talk.LookAt(
      "who calls is known at the first operation, what they want at each: the "
      "handler must be told what the user may do, call by call");
  const auto pipeline = OpenPipeline(talk);
  Answered(talk, pipeline, GetOf(1, key), FoundAnswer(1, key, "1", revision));
  for (const auto& request : {PutOf(2, key, "2"), DeleteOf(3, key)}) {
    if (!Send(talk, pipeline, request)) return;
    const auto answer = pipeline->Read();
    talk.Expect(
        answer.has_value() && answer->id() == request.id() &&
            answer->code() == StatusCode::PERMISSION_DENIED,
        absl::StrCat("{id: ", request.id(), " code: 7 ...}"),
        answer.has_value() ? Describe(*answer) : WhyNoMessage(talk, *pipeline));
  }
  talk.LookAt("an operation that is refused ends no call, and changes nothing");
  Answered(talk, pipeline, GetOf(4, key), FoundAnswer(4, key, "1", revision));
  if (!talk.going()) return;
  pipeline->HalfClose();
  Ends(talk, pipeline, StatusCode::OK);
  talk.LookAt("one who may write is not held up");
  talk.shared().caller.metadata = Token(kAlice);
  AllWork(talk);
}

}  // namespace

std::vector<ServerQuestion> GuardTasks() {
  return {
      {"log_begin", "--log_calls tells when a call begins, too", 8, LogBegin},
      {"quota", "--max_calls_per_user=2: a third call is refused", 8, Quota},
      {"watcher_role", "a watcher may List and Watch, all else is 7", 9,
       WatcherRole},
      {"batch_role", "a batch may Pipeline, and only read there", 9, BatchRole},
  };
}

}  // namespace judge
