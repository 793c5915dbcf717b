// Stage 07: a client that knows whom it calls, and says who it is.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/secure_talk.h"

namespace judge {
namespace {

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
  for (const auto& [rpc, words] : Commands(talk)) {
    const Outcome other = talk.Run(Joined({Ca()}, words));
    talk.OneCall(rpc);
    talk.Failed(other, StatusCode::ABORTED, "as told\n");
  }
}

void ClientToken(ClientTalk& talk) {
  ServeTls(talk);
  const std::string file = AliceFile(talk);
  talk.AnswerWith(grpc::Status(StatusCode::ABORTED, "as told"));
  for (const auto& [rpc, words] : Commands(talk)) {
    talk.LookAt(
        "a plugin (MetadataCredentialsPlugin) puts the token under `token` on "
        "every call: composed into the channel or given to each, and not both");
    const Outcome outcome =
        talk.Run(Joined({Ca(), TokenFlag(file), kLong}, words));
    const Received call = talk.OneCall(rpc);
    CarriesToken(talk, call);
    talk.LookAt("a call with a token has a deadline like any other");
    HasLongDeadline(talk, call);
    talk.Failed(outcome, StatusCode::ABORTED, "as told\n");
  }
}

void ClientTokenFile(ClientTalk& talk) {
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt("the file holds TOKEN, or USER TOKEN; the user is not sent");
  const std::vector<std::pair<std::string, std::string>> files = {
      {"only.token", absl::StrCat(kAlice, "\n")},
      {"no_newline.token", kAlice},
      {"user.token", absl::StrCat("alice ", kAlice, "\n")}};
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
  ServeTls(talk, TlsToClient("other/server"));
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
  for (const auto& [rpc, words] : Commands(talk)) {
    const Outcome outcome = talk.Run(Joined({file}, words));
    NoCall(talk);
    talk.Complained(outcome, "");
    Hidden(talk, outcome);
  }
  talk.LookAt("and with --ca a server without TLS is no server");
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{Ca()}, {Ca(), file}}) {
    const Outcome outcome = talk.Run(Joined(flags, {"put", "city", "Bonn"}));
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
  for (const auto& [rpc, words] : Commands(talk)) {
    const Outcome outcome = talk.Run(Joined({Ca(), file}, words));
    talk.OneCall(rpc);
    Hidden(talk, outcome);
    talk.Failed(outcome, StatusCode::UNAUTHENTICATED, "Invalid signature\n");
  }
}

}  // namespace

std::vector<ClientQuestion> CredentialQuestions() {
  return {
      {"tls", "with --ca calls go over TLS", 7, ClientTls},
      {"token", "each call carries the token once, and a deadline", 7,
       ClientToken},
      {"token_file", "the file is TOKEN or USER TOKEN", 7, ClientTokenFile},
      {"wrong_server", "another authority or name: UNAVAILABLE, no call", 7,
       WrongServer},
      {"no_tls", "no token and no call over an open line", 7, NoTls},
      {"unreadable", "a file that can't be read: named, exit 1", 7,
       UnreadableFiles},
      {"token_hidden", "no token in any output", 7, TokenHidden},
  };
}

}  // namespace judge
