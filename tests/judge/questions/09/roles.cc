// Stage 09: who may call what, and a refusal before the handler.
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

// Get, List and Watch of one entry as Carol.
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
      "the third word of a line says what the user may do; with `writer`, "
      "everything");
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
      "all else is PERMISSION_DENIED: we know who calls (that would be "
      "UNAUTHENTICATED), and they may not. Ask before the handler does "
      "anything, and list what is allowed, not what is forbidden");
  const Guarded guarded(talk);
  guarded.AreRefused(Writes(), Token(kCarol), Denied());
  guarded.AreRefused({"Import", "Pipeline"}, Token(kCarol), Denied(),
                     Says::kNothing);
  talk.LookAt("a Pipeline may write, so all of it is closed to a reader");
  guarded.AreRefused({"Pipeline"}, Token(kCarol), Denied(), Says::kMessage);
  talk.LookAt("`auth-user` from a client counts for nothing");
  guarded.AreRefused(Writes(), {{"auth-user", "alice"}, {"token", kCarol}},
                     Denied());
  talk.LookAt("what is no right token stays UNAUTHENTICATED, for all kinds");
  guarded.AllRefused({{"token", kCarol}, {"token", kAlice}});
}

// What is known of a user is known until the file is read again, and no longer.
void RoleReread(ServerTalk& talk) {
  StartWithRoles(talk);
  const Guarded guarded(talk);
  guarded.IsRefused("Put", Token(kCarol), Denied());
  if (!talk.going()) return;
  talk.LookAt(
      "a role counts from the next call on, too: keep none for a connection");
  talk.File("tokens", RolesFile("writer"));
  talk.Sent("SIGHUP, now that Carol is a writer");
  ServerTalk::Server& server = talk.shared();
  server.process->Signal(SIGHUP);
  talk.Sent("Delete, again and again, as Carol");
  const auto request = DeleteRequestOf("judge/never_put");
  grpc::Status status;
  const absl::Time until = absl::Now() + Patience();
  do {
    kv::v1::DeleteResponse response;
    status = server.stub->Delete(NewContext(Token(kCarol)).get(), request,
                                 &response);
  } while (status.error_code() == StatusCode::PERMISSION_DENIED &&
           absl::Now() < until);
  talk.Expect(status.ok(), "OK, once the role is known",
              status.ok() ? "" : Describe(talk.Explain(status)));
}

void Silent(ServerTalk& talk) {
  StartWithRoles(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "who calls is known before the first message: an AuthMetadataProcessor "
      "is asked then, a sync handler and its interceptors only with a message");
  guarded.AllRefused(Token("wrong"), InvalidSignature(), Says::kNothing);
  guarded.AllRefused({}, InvalidSignature(), Says::kNothing);
  guarded.AllRefused(Token("wrong"), InvalidSignature(), Says::kMessage);
  talk.LookAt("and so is what they may call");
  guarded.AreRefused(Writes(), Token(kCarol), Denied(), Says::kNothing);
}

void Unknown(ServerTalk& talk) {
  StartWithRoles(talk);
  const Guarded guarded(talk);
  talk.LookAt(
      "who calls comes before what is called: without the right token nobody "
      "learns which methods there are");
  guarded.AreRefused({kUnknown, kElsewhere}, Token("wrong"));
  guarded.AreRefused({kUnknown, kElsewhere}, {});
  guarded.AreRefused({kUnknown}, Token("wrong"), InvalidSignature(),
                     Says::kNothing);
  talk.LookAt("a method that nobody knows is none that a reader may call");
  guarded.AreRefused({kUnknown, kElsewhere}, Token(kCarol), Denied());
  talk.LookAt("one who may call anything is told that it is not there");
  guarded.AreRefused({kUnknown, kElsewhere}, Token(kAlice),
                     {StatusCode::UNIMPLEMENTED, ""});
}

void BadRole(ServerTalk& talk) {
  talk.LookAt(
      "a third word that is no role is a mistake to be told, with the line's "
      "number: nobody may write because of a slip of the pen");
  for (const char* const role : {"raeder", "Reader", "writer,reader"}) {
    const std::string path = talk.File("tokens", RolesFile(role));
    FileFails(talk, path, 3, {role, kAlice, kBob, kCarol});
  }
  talk.LookAt(
      "a line without a third word may have lost it, or the token before it: "
      "what is missing gives no rights");
  FileFails(talk, talk.File("tokens", RolesFile("")), 3,
            {kAlice, kBob, kCarol});
}

}  // namespace

std::vector<ServerQuestion> RoleQuestions() {
  return {
      {"writers", "a writer may write", 9, WritersMayWrite},
      {"readers", "a reader may Get, List and Watch, all else is 7", 9,
       Readers},
      {"role_reread", "SIGHUP: a new role counts", 9, RoleReread},
      {"silent", "a refusal does not wait for a message", 9, Silent},
      {"unknown_refused", "an unknown method is refused as any other", 9,
       Unknown},
      {"bad_role", "no role or an unknown one: its line, exit 1", 9, BadRole},
  };
}

}  // namespace judge
