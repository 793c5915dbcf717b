// Stage 07: a client that knows whom it calls, and says who it is.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "certificates.h"
#include "question.h"

namespace judge {
namespace {

using grpc::StatusCode;

constexpr char kToken[] = "Al1ce-Qx7-pLm";

std::string Ca(const std::string& name = "ca.crt") {
  return "--ca=" + Certificate(name);
}

std::string TokenFlag(const std::string& path) {
  return "--token_file=" + path;
}

std::string AliceFile(ClientTalk& talk) {
  return talk.File("alice.token", absl::StrCat("alice ", kToken, "\n"));
}

// Serves over TLS, with the certificate of this name.
void ServeTls(ClientTalk& talk, const std::string& server = "server") {
  if (const std::string why = WhyNoCertificates(); !why.empty()) {
    talk.conversation().GiveUp(why);
  }
  talk.Serve(TlsToClient(server));
}

// Expects the token to be in nothing that the client has printed.
void Hidden(ClientTalk& talk, const Outcome& outcome) {
  talk.conversation().Expect(!absl::StrContains(outcome.out, kToken) &&
                                 !absl::StrContains(outcome.err, kToken),
                             "no token in any output",
                             absl::StrContains(outcome.out, kToken)
                                 ? "the token on stdout"
                                 : "the token on stderr");
}

// Expects that no call came in.
void NoCall(ClientTalk& talk, const std::string& expected = "no call") {
  if (!talk.conversation().going()) return;
  for (const Received& call : talk.TakeCalls()) {
    const bool token = call.metadata.count("token") > 0;
    talk.conversation().Expect(
        false, expected,
        absl::StrCat(call.method, token ? ", with the token" : ""));
  }
}

// Expects one call that carries the token, and nothing else that gRPC does not
// send of itself.
void CarriesToken(ClientTalk& talk, const Received& call) {
  if (!talk.conversation().going()) return;
  const auto [from, to] = call.metadata.equal_range("token");
  const auto count = std::distance(from, to);
  talk.conversation().Expect(count > 0, "metadata with the key token", "none");
  talk.conversation().Expect(count == 1, "one token",
                             absl::StrCat(count, " of them"));
  if (count == 1) {
    talk.conversation().Expect(from->second == kToken, Quoted(kToken),
                               Quoted(from->second));
  }
  NoMetadataBut(talk, call, "token");
}

// Every command, and the call that it makes.
struct Command {
  std::string rpc;
  std::vector<std::string> words;
};

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

void ClientTls(ClientTalk& talk) {
  talk.LookAt(
      "--ca is a PEM file: SslCredentials() with pem_root_certs, or what your "
      "language calls it, for every kind of call");
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome outcome = talk.Run({Ca(), "get", "city"});
  const Received call = talk.OneCall("Get");
  talk.Succeeded(outcome, "Berlin");
  talk.LookAt("nobody has asked for a token");
  NoMetadataBut(talk, call);
  talk.LookAt("one channel for all kinds of calls");
  talk.AnswerWith(grpc::Status(StatusCode::ABORTED, "as told"));
  for (Command& command : Commands(talk)) {
    command.words.insert(command.words.begin(), Ca());
    const Outcome other = talk.Run(command.words);
    talk.OneCall(command.rpc);
    talk.Failed(other, StatusCode::ABORTED, "as told\n");
  }
}

void ClientToken(ClientTalk& talk) {
  ServeTls(talk);
  const std::string file = AliceFile(talk);
  talk.AnswerWith(grpc::Status(StatusCode::ABORTED, "as told"));
  for (Command& command : Commands(talk)) {
    talk.LookAt(
        "a plugin (MetadataCredentialsPlugin) puts the token under `token` on "
        "every call: composed into the channel or given to each, and not both");
    command.words.insert(command.words.begin(), {Ca(), TokenFlag(file), kLong});
    const Outcome outcome = talk.Run(command.words);
    const Received call = talk.OneCall(command.rpc);
    CarriesToken(talk, call);
    talk.LookAt("a call with a token has a deadline like any other");
    talk.conversation().Expect(
        call.time_left > absl::Seconds(200) && call.time_left < absl::Hours(24),
        "a deadline in about 300 s",
        call.time_left < absl::Hours(24) ? "another one" : "none");
    talk.Failed(outcome, StatusCode::ABORTED, "as told\n");
  }
}

void ClientTokenFile(ClientTalk& talk) {
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt("the file holds TOKEN, or USER TOKEN; the user is not sent");
  const std::vector<std::pair<std::string, std::string>> files = {
      {"only.token", absl::StrCat(kToken, "\n")},
      {"no_newline.token", kToken},
      {"user.token", absl::StrCat("alice ", kToken, "\n")}};
  for (const auto& [name, text] : files) {
    const Outcome outcome =
        talk.Run({Ca(), TokenFlag(talk.File(name, text)), "get", "city"});
    CarriesToken(talk, talk.OneCall("Get"));
    talk.Succeeded(outcome, "Berlin");
    Hidden(talk, outcome);
  }
}

void WrongServer(ClientTalk& talk) {
  const std::string file = TokenFlag(AliceFile(talk));
  talk.LookAt(
      "the server's certificate must be of the authority that --ca names: a "
      "client that takes any tells its token to anybody");
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome authority = talk.Run({Ca("other/ca.crt"), file, "get", "city"});
  NoCall(talk);
  talk.Failed(authority, StatusCode::UNAVAILABLE);
  Hidden(talk, authority);
  talk.LookAt(
      "and it must be for the name that was called: with "
      "SetSslTargetNameOverride() or no check any server of that authority is "
      "taken for this one");
  ServeTls(talk, "other/server");
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome name = talk.Run({Ca("other/ca.crt"), file, "get", "city"});
  NoCall(talk);
  talk.Failed(name, StatusCode::UNAVAILABLE);
  Hidden(talk, name);
}

void NoTls(ClientTalk& talk) {
  const std::string file = TokenFlag(AliceFile(talk));
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt(
      "no token goes over an open line, where anybody can read it: without "
      "--ca --token_file is a mistake, told before any call");
  for (Command& command : Commands(talk)) {
    command.words.insert(command.words.begin(), file);
    const Outcome outcome = talk.Run(command.words);
    NoCall(talk);
    talk.Complained(outcome, "");
    Hidden(talk, outcome);
  }
  talk.LookAt("and with --ca a server without TLS is no server");
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{Ca()}, {Ca(), file}}) {
    std::vector<std::string> words = flags;
    words.insert(words.end(), {"put", "city", "Bonn"});
    const Outcome outcome = talk.Run(words);
    NoCall(talk);
    talk.Failed(outcome, StatusCode::UNAVAILABLE);
    Hidden(talk, outcome);
  }
}

void UnreadableFiles(ClientTalk& talk) {
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  const std::string folder = CertificatesFolder();
  talk.LookAt(
      "a file that can't be read: say which, and make no call. With less "
      "safety than was asked for is no call, either");
  for (const std::string& path : {std::string("/no/such.crt"), folder}) {
    const Outcome outcome = talk.Run({"--ca=" + path, "get", "city"});
    NoCall(talk);
    talk.Complained(outcome, path);
  }
  for (const std::string& path : {std::string("/no/such.token"), folder}) {
    const Outcome outcome = talk.Run({Ca(), TokenFlag(path), "get", "city"});
    NoCall(talk);
    talk.Complained(outcome, path);
  }
}

void TokenHidden(ClientTalk& talk) {
  talk.LookAt(
      "an error tells what went wrong, and never the token: it ends in logs");
  ServeTls(talk);
  const std::string file = TokenFlag(AliceFile(talk));
  talk.AnswerWith(
      grpc::Status(StatusCode::UNAUTHENTICATED, "Invalid signature"));
  for (Command& command : Commands(talk)) {
    command.words.insert(command.words.begin(), {Ca(), file});
    const Outcome outcome = talk.Run(command.words);
    talk.OneCall(command.rpc);
    Hidden(talk, outcome);
    talk.Failed(outcome, StatusCode::UNAUTHENTICATED, "Invalid signature\n");
  }
}

void ClientCertificate(ClientTalk& talk) {
  const std::string file = TokenFlag(AliceFile(talk));
  const std::string cert = "--cert=" + Certificate("alice.crt");
  const std::string key = "--key=" + Certificate("alice.key");
  if (const std::string why = WhyNoCertificates(); !why.empty()) {
    talk.conversation().GiveUp(why);
  }
  talk.Serve(TlsToClient("server", /*asks=*/true));
  talk.AnswerWith(grpc::Status(StatusCode::ABORTED, "as told"));
  talk.LookAt(
      "--cert and --key are the client's own pair: pem_cert_chain and "
      "pem_private_key of SslCredentialsOptions. The token goes along");
  for (Command& command : Commands(talk)) {
    command.words.insert(command.words.begin(), {Ca(), cert, key, file});
    const Outcome outcome = talk.Run(command.words);
    const Received call = talk.OneCall(command.rpc);
    talk.conversation().Expect(call.peer == "alice",
                               "a certificate with the name alice",
                               Quoted(call.peer));
    CarriesToken(talk, call);
    talk.Failed(outcome, StatusCode::ABORTED, "as told\n");
  }
}

void CertificateFiles(ClientTalk& talk) {
  const std::string cert = "--cert=" + Certificate("alice.crt");
  const std::string key = "--key=" + Certificate("alice.key");
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  const auto fails = [&talk](std::vector<std::string> words,
                             const std::string& word) {
    words.insert(words.end(), {"get", "city"});
    const Outcome outcome = talk.Run(words);
    NoCall(talk);
    talk.Complained(outcome, word);
  };
  talk.LookAt("one of --cert and --key alone is a mistake");
  fails({Ca(), cert}, "");
  fails({Ca(), key}, "");
  talk.LookAt("and so are both without --ca: without TLS nobody looks at them");
  fails({cert, key}, "");
  talk.LookAt("a file that can't be read: say which, and make no call");
  fails({Ca(), "--cert=/no/such.crt", key}, "/no/such.crt");
  fails({Ca(), cert, "--key=/no/such.key"}, "/no/such.key");
  const std::string folder = CertificatesFolder();
  fails({Ca(), "--cert=" + folder, key}, folder);
  fails({Ca(), cert, "--key=" + folder}, folder);
}

}  // namespace

std::vector<ClientQuestion> CredentialQuestions() {
  return {
      {"tls", "with --ca calls go over TLS", 7, kStays, ClientTls},
      {"token", "each call carries the token once, and a deadline", 7, kStays,
       ClientToken},
      {"token_file", "the file is TOKEN or USER TOKEN", 7, kStays,
       ClientTokenFile},
      {"wrong_server", "another authority or name: UNAVAILABLE, no call", 7,
       kStays, WrongServer},
      {"no_tls", "no token and no call over an open line", 7, kStays, NoTls},
      {"unreadable", "a file that can't be read: named, exit 1", 7, kStays,
       UnreadableFiles},
      {"token_hidden", "no token in any output", 7, kStays, TokenHidden},
      {"certificate", "the client's own, of --cert and --key", 9, kStays,
       ClientCertificate},
      {"certificate_files", "a certificate that can't be used: exit 1", 9,
       kStays, CertificateFiles},
  };
}

}  // namespace judge
