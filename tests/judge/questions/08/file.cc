// Stage 08: the file with the tokens, and how it is kept secret.
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/certificates.h"
#include "talk/guard_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

void Hangup(ServerTalk& talk, const std::string& what) {
  if (!talk.going()) return;
  talk.Sent(absl::StrCat("SIGHUP, now that ", what));
  talk.Signal(SIGHUP);
}

// Expects that a token is known, now or soon.
void BecomesRight(ServerTalk& talk, const std::string& token) {
  GetUntil(talk, token, StatusCode::UNAUTHENTICATED);
}

void Reread(ServerTalk& talk) {
  talk.LookAt(
      "SIGHUP: read the file again. Block the signal before gRPC starts a "
      "thread, wait for it on one of yours, and exchange the table under a "
      "lock");
  const std::string path = talk.File("tokens", UsersFile());
  StartTls(talk, {"--token_file=" + path}, Token(kAlice));
  const Guarded guarded(talk);
  guarded.IsRefused("Get", Token(kCarol));
  talk.File("tokens", Line("alice", kAlice) + Line("carol", kCarol));
  Hangup(talk, "Carol is in the file and Bob is not");
  BecomesRight(talk, kCarol);
  talk.LookAt(
      "a token that was taken away is refused from the next call on: keep no "
      "answer for a connection, and do not add to the old table");
  guarded.AllRefused(Token(kBob));
  guarded.AllRefused(Token(kAlice2));
  talk.LookAt("and so a second time");
  talk.File("tokens", Line("alice", kAlice) + Line("bob", kBob));
  Hangup(talk, "Bob is back and Carol is not");
  BecomesRight(talk, kBob);
  guarded.AllRefused(Token(kCarol));
}

// Expects that the server has said that the file is bad, and went on as before.
void GoesOn(ServerTalk& talk, const std::string& path, std::size_t said) {
  if (!talk.going()) return;
  Process& process = *talk.shared().process;
  const bool complained = process.WaitForError(path, said, Patience());
  talk.Expect(complained, "a line on stderr that names the file",
              process.err().size() > said ? "other lines" : "none");
  talk.Get("judge/goes_on").Fails(StatusCode::NOT_FOUND);
}

void BadReread(ServerTalk& talk) {
  talk.LookAt(
      "read the whole file before you exchange anything: when it is bad, say "
      "so on stderr, and go on with the tokens that you have");
  const std::string path = talk.File("tokens", UsersFile());
  StartTls(talk, {"--token_file=" + path}, Token(kAlice));
  const Guarded guarded(talk);
  if (!talk.going()) return;
  Process& process = *talk.shared().process;
  talk.File("tokens", Line("carol", kCarol) + "half-a-line\n");
  std::size_t said = process.err().size();
  Hangup(talk, "line 2 of the file is bad");
  GoesOn(talk, path, said);
  talk.Expect(!absl::StrContains(process.err(), "half-a-line"),
              "no part of the bad line on stderr", "what stands in it");
  guarded.AllRefused(Token(kCarol));
  AllWork(talk);
  talk.LookAt("a file that is not there is bad, too");
  std::remove(path.c_str());
  said = process.err().size();
  Hangup(talk, "the file is gone");
  GoesOn(talk, path, said);
  talk.LookAt(
      "a file without a token, or without a newline at its end, was cut short: "
      "who writes to it may be half done");
  const std::string carol = Line("carol", kCarol);
  for (const std::string& cut :
       {std::string(), carol.substr(0, carol.size() - 1)}) {
    talk.File("tokens", cut);
    said = process.err().size();
    Hangup(talk, cut.empty() ? "the file is empty"
                             : "the file ends without a newline");
    GoesOn(talk, path, said);
  }
  talk.LookAt("a good file is taken again afterwards");
  talk.File("tokens", Line("carol", kCarol));
  Hangup(talk, "Carol is in the file, alone");
  BecomesRight(talk, kCarol);
  guarded.IsRefused("Get", Token(kAlice));
}

void BadFile(ServerTalk& talk) {
  talk.LookAt(
      "a line that is no USER TOKEN: say its number, comments and blank lines "
      "counted, and never what stands in it");
  const auto path = [&talk](const std::string& line) {
    return talk.File("tokens", absl::StrCat("# who\n\n", Line("alice", kAlice),
                                            line, "\n", Line("bob", kBob)));
  };
  FileFails(talk, path("l0nely"), 4, {"l0nely", kAlice, kBob});
  FileFails(talk, path("carol 0ne tw0"), 4, {"0ne", "tw0", kAlice});
  FileFails(talk, path("carol 0ne writer f0ur"), 4, {"0ne", "f0ur"});
  talk.LookAt("a file without a newline at its end was cut short");
  FileFails(
      talk,
      talk.File("tokens", absl::StrCat(Line("alice", kAlice), "bob ", kBob)), 2,
      {kAlice, kBob});
  FileFails(talk, talk.File("tokens", "# nobody yet\n"), 0, {});
  talk.LookAt("a file that can't be read: say which");
  FileFails(talk, "/no/such/tokens", 0, {});
  FileFails(talk, CertificatesFolder(), 0, {});
}

void NeedsTls(ServerTalk& talk) {
  talk.LookAt(
      "tokens never come over an open line: a server with --token_file and "
      "without --tls_cert does not start");
  const std::string path = talk.File("tokens", UsersFile());
  talk.DoesNotStart({"--token_file=" + path});
}

void Secret(ServerTalk& talk) {
  talk.LookAt(
      "log who called what and how it ended, and never a token: neither a "
      "right one nor a wrong one, which may be a right one elsewhere");
  const std::string path = talk.File("tokens", UsersFile());
  StartTls(talk, {"--token_file=" + path}, Token(kAlice));
  AllWork(talk);
  const Guarded guarded(talk);
  guarded.AllRefused(Token("wr0ng-Vb3-jKc"));
  guarded.AllRefused({{"token", kAlice}, {"token", kBob}});
  guarded.AllRefused(Token(absl::StrCat(kAlice, "-mistyped")));
  if (!talk.going()) return;
  const std::size_t said = talk.shared().process->err().size();
  talk.File("tokens", Line("carol", kCarol) + "half-a-line\n");
  Hangup(talk, "line 2 of the file is bad");
  GoesOn(talk, path, said);
  talk.File("tokens", UsersFile() + Line("carol", kCarol));
  Hangup(talk, "it is good again");
  BecomesRight(talk, kCarol);
  std::vector<std::string> secrets = Secrets();
  secrets.insert(secrets.end(), {"wr0ng-Vb3-jKc", "half-a-line"});
  KeepsSecret(talk, secrets);
}

}  // namespace

std::vector<ServerQuestion> TokenFileQuestions() {
  return {
      {"token_reread", "SIGHUP: a new token counts, an old one no more", 8,
       Reread},
      {"token_bad_reread", "SIGHUP and a bad file: the old tokens stay", 8,
       BadReread},
      {"token_bad_file", "a bad line: its number, not its content, exit 1", 8,
       BadFile},
      {"token_needs_tls", "a token file without TLS is exit 1", 8, NeedsTls},
      {"token_secret", "no token in any output", 8, Secret},
  };
}

}  // namespace judge
