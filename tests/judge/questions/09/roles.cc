// Stage 09: which user may call which method, checked before the handler.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "questions/all.h"
#include "talk/guard_talk.h"
#include "talk/stream_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

constexpr char kUnknown[] = "/kv.v1.KeyValueService/NoSuchMethod";
constexpr char kElsewhere[] = "/no.such.Service/Get";

const std::vector<std::string>& Writes() {
  static const std::vector<std::string> kWrites = {"Put", "Delete", "Import",
                                                   "Pipeline"};
  return kWrites;
}

// Alice and Bob may write, and Carol may read.
std::string RolesFile(const std::string& carol = "reader") {
  return Line("alice", kAlice) + Line("bob", kBob) +
         Line("carol", kCarol, carol);
}

void StartWithRoles(ServerTalk& talk) {
  StartTls(talk, {"--token_file=" + talk.File("tokens", RolesFile())},
           Token(kAlice));
}

// Calls Get, List and Watch of one entry as Carol.
void Reads(ServerTalk& talk) {
  const std::string key = talk.Key("/read");
  const std::int64_t revision = talk.Revision() + 2;
  talk.Put(key, "0").Is(Written(revision - 1));
  talk.Put(key, "1").Is(Written(revision));
  if (!talk.going()) return;
  talk.shared().caller.metadata = Token(kCarol);
  talk.Get(key).Is(Found(key, "1", revision));
  Lists(talk, key, {EntryOf(key, "1", revision)});
  const auto watch = OpenWatch(talk, key, revision - 1);
  Stands(talk, watch, revision - 1);
  Next(talk, watch, PutChange(key, "1", revision));
  if (!talk.going()) return;
  talk.shared().caller.metadata = Token(kAlice);
}

void WritersMayWrite(ServerTalk& talk) {
  talk.LookAt(
      "the third word of a line is the user's role. A `writer` may call every "
      "method");
  StartWithRoles(talk);
  for (const char* const token : {kAlice, kBob}) {
    if (!talk.going()) return;
    talk.shared().caller.metadata = Token(token);
    AllWork(talk);
  }
}

void Readers(ServerTalk& talk) {
  StartWithRoles(talk);
  talk.LookAt("readers may call Get, List and Watch");
  Reads(talk);
  talk.LookAt(
      "reject everything else with PERMISSION_DENIED: we know the caller "
      "(otherwise it would be UNAUTHENTICATED), but they are not allowed to "
      "call this. Check before the handler does anything, and list what is "
      "allowed, not what is forbidden");
  const Guarded guarded(talk);
  guarded.AreRefused(Writes(), Token(kCarol), Denied());
  guarded.AreRefused({"Import", "Pipeline"}, Token(kCarol), Denied(),
                     Says::kNothing);
  talk.LookAt("a Pipeline can write, so a reader may not call it at all");
  guarded.AreRefused({"Pipeline"}, Token(kCarol), Denied(), Says::kMessage);
  talk.LookAt("ignore `auth-user` from a client");
  guarded.AreRefused(Writes(), {{"auth-user", "alice"}, {"token", kCarol}},
                     Denied());
  talk.LookAt("a wrong token is still UNAUTHENTICATED, for all kinds of calls");
  guarded.AllRefused({{"token", kCarol}, {"token", kAlice}});
}

// A user's role may change whenever the server reads the file again.
void RoleReread(ServerTalk& talk) {
  StartWithRoles(talk);
  const Guarded guarded(talk);
  guarded.IsRefused("Put", Token(kCarol), Denied());
  if (!talk.going()) return;
  talk.LookAt(
      "a new role counts from the next call on, too: do not remember the role "
      "of a connection");
  talk.File("tokens", RolesFile("writer"));
  talk.Sent("SIGHUP, after this change: Carol is a writer");
  ServerTalk::Server& server = talk.shared();
  server.process->Signal(SIGHUP);
  talk.Sent("repeated Delete");
  const auto request = DeleteRequestOf("judge/never_put");
  grpc::Status status;
  const absl::Time until = absl::Now() + Patience();
  do {
    kv::v1::DeleteResponse response;
    status = server.stub->Delete(NewContext(Token(kCarol)).get(), request,
                                 &response);
  } while (status.error_code() == StatusCode::PERMISSION_DENIED &&
           absl::Now() < until);
  talk.Expect(status.ok(), "OK, once the server knows the new role",
              status.ok() ? "" : Describe(talk.Explain(status)));
}

void Silent(ServerTalk& talk) {
  StartWithRoles(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "the metadata arrives before the first message. Check it then, not in "
      "the handler",
      "an AuthMetadataProcessor runs at that point, but a sync handler and its "
      "interceptors only run after the first message");
  guarded.AllRefused(Token("wrong"), InvalidSignature(), Says::kNothing);
  guarded.AllRefused({}, InvalidSignature(), Says::kNothing);
  guarded.AllRefused(Token("wrong"), InvalidSignature(), Says::kMessage);
  talk.LookAt(
      "the same is true for the role: check it before the first message");
  guarded.AreRefused(Writes(), Token(kCarol), Denied(), Says::kNothing);
}

void Unknown(ServerTalk& talk) {
  StartWithRoles(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "check the token before the method name: without the right token nobody "
      "may learn which methods exist");
  guarded.AreRefused({kUnknown, kElsewhere}, Token("wrong"));
  guarded.AreRefused({kUnknown, kElsewhere}, {});
  guarded.AreRefused({kUnknown}, Token("wrong"), InvalidSignature(),
                     Says::kNothing);
  talk.LookAt("a reader may not call a method that does not exist");
  guarded.AreRefused({kUnknown, kElsewhere}, Token(kCarol), Denied());
  talk.LookAt(
      "a writer may call anything, so tell them that the method does not "
      "exist");
  guarded.AreRefused({kUnknown, kElsewhere}, Token(kAlice),
                     {StatusCode::UNIMPLEMENTED, ""});
}

void BadRole(ServerTalk& talk) {
  talk.LookAt(
      "report an unknown role with its line number: a typo must not give "
      "anybody the right to write");
  for (const char* const role : {"raeder", "Reader", "writer,reader"}) {
    const std::string path = talk.File("tokens", RolesFile(role));
    FileFails(talk, path, 3, {role, kAlice, kBob, kCarol});
  }
  talk.LookAt(
      "reject a line without a role: it may have lost its role or its token, "
      "and a missing role gives no rights");
  FileFails(talk, talk.File("tokens", RolesFile("")), 3,
            {kAlice, kBob, kCarol});
}

}  // namespace

std::vector<ServerQuestion> RoleQuestions() {
  return {
      {"writers", "a writer may call every method", 9, WritersMayWrite},
      {"readers", "a reader may call Get, List and Watch only", 9, Readers},
      {"role_reread", "SIGHUP: a new role takes effect", 9, RoleReread},
      {"silent", "a rejection does not wait for a message", 9, Silent},
      {"unknown_refused", "the token is checked before the method name", 9,
       Unknown},
      {"bad_role", "a missing or unknown role: its line, exit 1", 9, BadRole},
  };
}

}  // namespace judge
