// Tasks of stages 08 and 09: additions to the checks of users and roles.
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
      "write a line when a call begins, in an interceptor that knows the user: "
      "a Watch may stay open for hours, so the line at its end comes too late");
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
      absl::StrCat("on stderr, while the call runs: ", Quoted(line, 60)),
      process.err().empty() ? "nothing" : "other lines");
  talk.LookAt("still write the line at the end of a call");
  watch->Cancel();
  talk.Expect(
      process.WaitForError("\n/kv.v1.KeyValueService/Watch alice CANCELLED", 0,
                           Patience()),
      "a line with the status, after the call's end", "none");
  talk.LookAt("do not name a user for a call that is rejected");
  const Guarded guarded(talk);
  guarded.IsRefused("List", Token("wrong"));
  guarded.IsRefused("List", {{"auth-user", "alice"}});
  talk.Expect(!absl::StrContains(process.err(),
                                 "begin /kv.v1.KeyValueService/List alice"),
              "no line with alice for a call without her token",
              "a line that names alice");
  KeepsSecret(talk, Secrets());
}

void Quota(ServerTalk& talk) {
  const std::vector<std::string> flags = {
      "--token_file=" + talk.File("tokens", UsersFile()),
      "--max_calls_per_user=2"};
  StartTls(talk, flags, Token(kAlice));
  talk.LookAt("Alice has two calls open, so reject a third one");
  const std::int64_t revision = talk.Revision();
  const auto first = OpenWatch(talk, "judge/quota");
  Stands(talk, first, revision);
  const auto second = OpenWatch(talk, "judge/quota");
  Stands(talk, second, revision);
  talk.Get("judge/absent").Fails(StatusCode::RESOURCE_EXHAUSTED);
  talk.Put("judge/quota", "1").Fails(StatusCode::RESOURCE_EXHAUSTED);
  if (!talk.going()) return;
  talk.LookAt("count the calls of each user separately");
  talk.shared().caller.metadata = Token(kBob);
  talk.Get("judge/absent").Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision);
  talk.LookAt(
      "decrease the count however a call ends: a destructor does it in every "
      "case");
  talk.shared().caller.metadata = Token(kAlice);
  talk.Sent("cancel one Watch");
  first->Cancel();
  GetUntil(talk, kAlice, StatusCode::RESOURCE_EXHAUSTED);
  talk.LookAt(
      "a Pipeline is one call, even if it uses the code of Get for its "
      "operations");
  StartTls(talk, flags, Token(kAlice));
  AllWork(talk);
}

// Alice may write. Carol has the role that the question tests.
void StartWithRole(ServerTalk& talk, const std::string& role) {
  const std::string file = Line("alice", kAlice) + Line("carol", kCarol, role);
  StartTls(talk, {"--token_file=" + talk.File("tokens", file)}, Token(kAlice));
}

void WatcherRole(ServerTalk& talk) {
  StartWithRole(talk, "watcher");
  talk.LookAt("with three roles, list the methods that each role may call");
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
  talk.LookAt("a batch user may read and may call Pipeline, but may not write");
  guarded.AreRefused({"Put", "Delete", "Import"}, Token(kCarol), Denied());
  if (!talk.going()) return;
  talk.shared().caller.metadata = {{"auth-user", "alice"}, {"token", kCarol}};
  talk.Get(key).Is(Found(key, "1", revision));
  talk.LookAt(
      "the role is known when the call begins, the operation only later: give "
      "the handler the user's role, and check it for each operation");
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
  talk.LookAt("a rejected operation changes nothing and does not end the call");
  Answered(talk, pipeline, GetOf(4, key), FoundAnswer(4, key, "1", revision));
  if (!talk.going()) return;
  pipeline->HalfClose();
  Ends(talk, pipeline, StatusCode::OK);
  talk.LookAt("a writer may do everything, as before");
  talk.shared().caller.metadata = Token(kAlice);
  AllWork(talk);
}

}  // namespace

std::vector<ServerQuestion> GuardTasks() {
  return {
      {"log_begin", "--log_calls also logs the begin of a call", 8, LogBegin},
      {"quota", "--max_calls_per_user=2: the third is rejected", 8, Quota},
      {"watcher_role", "a watcher may call List and Watch only", 9,
       WatcherRole},
      {"batch_role", "a batch user may read, and read in a Pipeline", 9,
       BatchRole},
  };
}

}  // namespace judge
