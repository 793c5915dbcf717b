#include "talk/guard_talk.h"

#include <csignal>
#include <optional>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ask/text.h"
#include "talk/certificates.h"
#include "talk/outcome.h"
#include "talk/pipeline_talk.h"
#include "talk/stream_talk.h"
#include "talk/tokens.h"

namespace judge {

Refusal InvalidSignature() {
  return {StatusCode::UNAUTHENTICATED, "Invalid signature"};
}

Refusal Denied() { return {StatusCode::PERMISSION_DENIED, ""}; }

Refusal Unavailable() { return {StatusCode::UNAVAILABLE, ""}; }

std::vector<std::string> TlsFlags(const std::vector<std::string>& flags) {
  std::vector<std::string> all = {"--tls_cert=" + Certificate("server.crt"),
                                  "--tls_key=" + Certificate("server.key")};
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

void StartTls(ServerTalk& talk, const std::vector<std::string>& flags,
              const Metadata& metadata, const std::string& client) {
  if (const std::string why = WhyNoCertificates(); !why.empty()) {
    talk.GiveUp(why);
  }
  talk.StartOwn(TlsFlags(flags), {TlsToServer(client), metadata});
}

void LookAtHanging(Conversation& conversation) {
  conversation.LookAt(
      "the call never ends: what checks the token must either end a call or "
      "pass it on, in every case",
      "each way through Intercept() has to call Proceed() once");
}

void AllWork(ServerTalk& talk) {
  const std::string key = talk.Key("/works");
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, revision);
  talk.Put(key, "1").Is(Written(revision + 1));
  Next(talk, watch, PutChange(key, "1", revision + 1));
  talk.Get(key).Is(Found(key, "1", revision + 1));
  Lists(talk, key, {EntryOf(key, "1", revision + 1)});
  if (!talk.going()) return;

  const ServerTalk::Server& server = talk.shared();
  const Metadata& metadata = server.caller.metadata;
  talk.Sent(
      absl::StrCat("Import ", Describe(ImportOf(key, "2")), With(metadata)));
  const auto import = std::make_unique<ImportStream>(
      server.channel, "Import", absl::InfiniteFuture(), metadata);
  import->Write(ImportOf(key, "2"));  // if this fails, the read reports why
  import->HalfClose();
  Next(talk, import, Imported(1, revision + 2));
  Ends(talk, import, StatusCode::OK);

  const auto pipeline = OpenPipeline(talk);
  Answered(talk, pipeline, GetOf(1, key),
           FoundAnswer(1, key, "2", revision + 2));
  if (!talk.going()) return;
  pipeline->HalfClose();
  Ends(talk, pipeline, StatusCode::OK);
  talk.Delete(key).Is(Deleted(true, revision + 3));
}

void FileFails(ServerTalk& talk, const std::string& path, int line,
               const std::vector<std::string>& secrets) {
  const std::string err =
      talk.DoesNotStart(TlsFlags({"--token_file=" + path}), path);
  if (!talk.going()) return;
  const std::regex number(absl::StrCat("\\b", line, "\\b"));
  talk.Expect(
      line == 0 ||
          std::regex_search(err.substr(err.find(path) + path.size()), number),
      absl::StrCat("after the file's name the line number, ", line),
      Output(err));
  for (const std::string& secret : secrets) {
    talk.Expect(!absl::StrContains(err, secret),
                "a line that shows no content of the file",
                absl::StrCat("a line with ", Quoted(secret)));
  }
}

void GetUntil(ServerTalk& talk, const std::string& token, StatusCode not_yet) {
  if (!talk.going()) return;
  talk.Sent(absl::StrCat("repeated Get with ", Describe(Token(token))));
  const auto request = GetRequestOf("judge/never_put");
  kv::v1::GetResponse response;
  grpc::Status status;
  const absl::Time until = absl::Now() + Patience();
  do {
    status = talk.shared().stub->Get(NewContext(Token(token)).get(), request,
                                     &response);
  } while (status.error_code() == not_yet && absl::Now() < until);
  talk.Expect(status.error_code() == StatusCode::NOT_FOUND,
              absl::StrCat("NOT_FOUND, and not ", CodeName(not_yet)),
              status.ok() ? "OK" : Describe(talk.Explain(status)));
}

void KeepsSecret(ServerTalk& talk, const std::vector<std::string>& secrets) {
  if (!talk.going()) return;
  ServerTalk::Server& server = talk.shared();
  server.Disconnect();
  talk.Sent("SIGTERM");
  server.process->Signal(SIGTERM);
  const std::string thought = talk.look_at();
  talk.LookAt(
      "a call that never ends keeps the server from stopping: the check has to "
      "let each call go on, also one that it rejects",
      "each way through Intercept() calls Proceed() once");
  talk.Stops();
  talk.LookAt(thought);
  for (const std::string& secret : secrets) {
    const std::string expected =
        absl::StrCat("a secret in no output: ", Quoted(secret));
    talk.Expect(!absl::StrContains(server.process->out(), secret), expected,
                "it is on stdout");
    talk.Expect(!absl::StrContains(server.process->err(), secret), expected,
                "it is on stderr");
  }
}

}  // namespace judge
