// Stage 08: the token file, how it is reloaded, and that no token is printed.
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
  talk.Sent(absl::StrCat("SIGHUP, after this change: ", what));
  talk.Signal(SIGHUP);
}

// Expects that the server accepts a token, now or soon.
void BecomesRight(ServerTalk& talk, const std::string& token) {
  GetUntil(talk, token, StatusCode::UNAUTHENTICATED);
}

void Reread(ServerTalk& talk) {
  talk.LookAt(
      "on SIGHUP read the file again. Block the signal before gRPC starts a "
      "thread, wait for it on your own thread, and swap the table under a "
      "lock");
  const std::string path = talk.File("tokens", UsersFile());
  StartTls(talk, {"--token_file=" + path}, Token(kAlice));
  const Guarded guarded(talk);
  guarded.IsRefused("Get", Token(kCarol));
  talk.File("tokens", Line("alice", kAlice) + Line("carol", kCarol));
  Hangup(talk, "Carol is in the file, Bob is not");
  BecomesRight(talk, kCarol);
  talk.LookAt(
      "reject a removed token from the next call on: do not remember that a "
      "connection was accepted, and replace the old table instead of adding to "
      "it");
  guarded.AllRefused(Token(kBob));
  guarded.AllRefused(Token(kAlice2));
  talk.LookAt("the second SIGHUP must work like the first");
  talk.File("tokens", Line("alice", kAlice) + Line("bob", kBob));
  Hangup(talk, "Bob is back, Carol is not");
  BecomesRight(talk, kBob);
  guarded.AllRefused(Token(kCarol));
}

// Expects that the server has reported the bad file and still answers calls.
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
      "read the whole file before you swap the table. When it is bad, report "
      "it on stderr and keep the old tokens");
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
              "no part of the bad line on stderr", "that line's content");
  guarded.AllRefused(Token(kCarol));
  AllWork(talk);
  talk.LookAt("a missing file is bad, too");
  std::remove(path.c_str());
  said = process.err().size();
  Hangup(talk, "the file is gone");
  GoesOn(talk, path, said);
  talk.LookAt(
      "an empty file, or one without a newline at its end, may be only partly "
      "written: reject it");
  const std::string carol = Line("carol", kCarol);
  for (const std::string& cut :
       {std::string(), carol.substr(0, carol.size() - 1)}) {
    talk.File("tokens", cut);
    said = process.err().size();
    Hangup(talk, cut.empty() ? "the file is empty"
                             : "the file ends without a newline");
    GoesOn(talk, path, said);
  }
  talk.LookAt("load the next good file again");
  talk.File("tokens", Line("carol", kCarol));
  Hangup(talk, "only Carol is in the file");
  BecomesRight(talk, kCarol);
  guarded.IsRefused("Get", Token(kAlice));
}

void BadFile(ServerTalk& talk) {
  talk.LookAt(
      "when a line is not USER TOKEN, print its number and never its content. "
      "Comments and blank lines count");
  const auto path = [&talk](const std::string& line) {
    return talk.File("tokens", absl::StrCat("# who\n\n", Line("alice", kAlice),
                                            line, "\n", Line("bob", kBob)));
  };
  FileFails(talk, path("l0nely"), 4, {"l0nely", kAlice, kBob});
  FileFails(talk, path("carol 0ne tw0"), 4, {"0ne", "tw0", kAlice});
  FileFails(talk, path("carol 0ne writer f0ur"), 4, {"0ne", "f0ur"});
  talk.LookAt(
      "a file without a newline at its end may be cut short: reject it");
  FileFails(
      talk,
      talk.File("tokens", absl::StrCat(Line("alice", kAlice), "bob ", kBob)), 2,
      {kAlice, kBob});
  FileFails(talk, talk.File("tokens", "# nobody yet\n"), 0, {});
  talk.LookAt("when the file can't be read, name it");
  FileFails(talk, "/no/such/tokens", 0, {});
  FileFails(talk, CertificatesFolder(), 0, {});
}

void NeedsTls(ServerTalk& talk) {
  talk.LookAt(
      "a server with --token_file and without --tls_cert must not start: "
      "tokens are only sent over TLS");
  const std::string path = talk.File("tokens", UsersFile());
  talk.DoesNotStart({"--token_file=" + path});
}

void Secret(ServerTalk& talk) {
  talk.LookAt(
      "log who called which method and its status, but never a token. A wrong "
      "token may be valid for another server");
  const std::string path = talk.File("tokens", UsersFile());
  StartTls(talk, {"--token_file=" + path, "--log_calls"}, Token(kAlice));
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
  Hangup(talk, "the file is good again");
  BecomesRight(talk, kCarol);
  std::vector<std::string> secrets = Secrets();
  secrets.insert(secrets.end(), {"wr0ng-Vb3-jKc", "half-a-line"});
  KeepsSecret(talk, secrets);
}

}  // namespace

std::vector<ServerQuestion> TokenFileQuestions() {
  return {
      {"token_reread", "SIGHUP: new tokens work, removed ones fail", 8, Reread},
      {"token_bad_reread", "SIGHUP with a bad file: the old tokens stay", 8,
       BadReread},
      {"token_bad_file", "a bad line: its number, not its text, exit 1", 8,
       BadFile},
      {"token_needs_tls", "a token file without TLS: exit 1", 8, NeedsTls},
      {"token_secret", "no token in any output", 8, Secret},
  };
}

}  // namespace judge
