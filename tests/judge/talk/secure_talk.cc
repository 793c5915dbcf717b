#include "talk/secure_talk.h"

#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace judge {

std::string Ca(const std::string& name) { return "--ca=" + Certificate(name); }

std::string TokenFlag(const std::string& path) {
  return "--token_file=" + path;
}

std::string AliceFile(ClientTalk& talk) {
  return talk.File("alice.token", absl::StrCat("alice ", kAlice, "\n"));
}

void ServeTls(ClientTalk& talk,
              const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  if (const std::string why = WhyNoCertificates(); !why.empty()) {
    talk.GiveUp(why);
  }
  talk.Serve(credentials);
}

std::vector<Command> Commands(ClientTalk& talk) {
  const std::string entries = talk.File(
      "entries.jsonl", "{\"key\": \"city\", \"value\": \"Qm9ubg==\"}\n");
  const std::string operations =
      talk.File("operations.jsonl",
                "{\"id\": \"1\", \"getRequest\": {\"key\": \"city\"}}\n");
  return {{"Get", {"get", "city"}},
          {"Put", {"put", "city", "Bonn"}},
          {"Delete", {"delete", "city"}},
          {"List", {"list"}},
          {"Watch", {"watch"}},
          {"Import", {"import", entries}},
          {"Pipeline", {"pipeline", operations}}};
}

std::vector<std::string> Joined(std::vector<std::string> flags,
                                const std::vector<std::string>& words) {
  flags.insert(flags.end(), words.begin(), words.end());
  return flags;
}

void Hidden(ClientTalk& talk, const Outcome& outcome) {
  const bool on_stdout = absl::StrContains(outcome.out, kAlice);
  talk.Expect(!on_stdout && !absl::StrContains(outcome.err, kAlice),
              "no token in any output",
              on_stdout ? "the token on stdout" : "the token on stderr");
}

void NoCall(ClientTalk& talk) {
  if (!talk.going()) return;
  for (const Received& call : talk.TakeCalls()) {
    const bool token = call.metadata.count("token") > 0;
    talk.Expect(false, "no call",
                absl::StrCat(call.method, token ? ", with the token" : ""));
  }
}

void CarriesToken(ClientTalk& talk, const Received& call) {
  if (!talk.going()) return;
  const auto [from, to] = call.metadata.equal_range("token");
  const auto count = std::distance(from, to);
  talk.Expect(count > 0, "metadata with the key `token`", "none");
  talk.Expect(count == 1, "one token", absl::StrCat(count, " tokens"));
  if (count == 1) {
    talk.Expect(from->second == kAlice, Quoted(kAlice), Quoted(from->second));
  }
  NoMetadataBut(talk, call, "token");
}

}  // namespace judge
