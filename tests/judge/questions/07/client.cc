// Stage 07: a client that verifies the server and sends a token.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/secure_talk.h"

namespace judge {
namespace {

void ClientTls(ClientTalk& talk) {
  talk.LookAt(
      "--ca is a PEM file with the CA that the channel's TLS credentials "
      "trust, for every kind of call",
      "pem_root_certs of SslCredentials()");
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome outcome = talk.Run({Ca(), "get", "city"});
  const Received call = talk.OneCall("Get");
  talk.Succeeded(outcome, "Berlin");
  talk.LookAt("without --token_file send no token");
  NoMetadataBut(talk, call);
  talk.LookAt("use the same channel for all kinds of calls");
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
        "add the metadata `token` to every call, in the channel's credentials "
        "or on each call, but not both",
        "a MetadataCredentialsPlugin, composed into the channel credentials");
    const Outcome outcome =
        talk.Run(Joined({Ca(), TokenFlag(file), kLong}, words));
    const Received call = talk.OneCall(rpc);
    CarriesToken(talk, call);
    talk.LookAt("a call with a token needs a deadline, like any other");
    HasLongDeadline(talk, call);
    talk.Failed(outcome, StatusCode::ABORTED, "as told\n");
  }
}

void ClientTokenFile(ClientTalk& talk) {
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt("the file holds TOKEN or USER TOKEN. Do not send the user");
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

void PerCall(ClientTalk& talk) {
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt(
      "with --per_call set the credentials of the call, and do not compose "
      "them into the channel credentials, too: the call would have two tokens");
  const std::string file = TokenFlag(AliceFile(talk));
  talk.Run({Ca(), file, "--per_call", "get", "city"});
  CarriesToken(talk, talk.OneCall("Get"));
}

void WrongServer(ClientTalk& talk) {
  const std::string file = TokenFlag(AliceFile(talk));
  talk.LookAt(
      "accept only a server certificate that the CA of --ca has signed: "
      "otherwise the client sends its token to anybody");
  ServeTls(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome authority = talk.Run({Ca("other/ca.crt"), file, "get", "city"});
  NoCall(talk);
  talk.Failed(authority, StatusCode::UNAVAILABLE);
  Hidden(talk, authority);
  talk.LookAt(
      "the certificate must also name the host that you call. With another "
      "name for the target, or without a check, any server of that CA can "
      "pretend to be this one",
      "SetSslTargetNameOverride() sets another name");
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
      "never send a token over a plaintext connection, where others can read "
      "it. --token_file without --ca is an error: report it before any call");
  for (const auto& [rpc, words] : Commands(talk)) {
    const Outcome outcome = talk.Run(Joined({file}, words));
    NoCall(talk);
    talk.Complained(outcome, "");
    Hidden(talk, outcome);
  }
  talk.LookAt("with --ca, a server without TLS must not get any call");
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
  const std::string token = AliceFile(talk);
  talk.LookAt(
      "when a file can't be read, name it and make no call. Do not fall back "
      "to a call without TLS or without a token");
  for (const std::string& path : {std::string("/no/such.crt"), folder}) {
    const Outcome outcome = talk.Run({"--ca=" + path, "get", "city"});
    NoCall(talk);
    talk.Complained(outcome, path);
    const Outcome both =
        talk.Run({"--ca=" + path, TokenFlag(token), "get", "city"});
    NoCall(talk);
    talk.Complained(both, path);
  }
  for (const std::string& path : {std::string("/no/such.token"), folder}) {
    const Outcome outcome = talk.Run({Ca(), TokenFlag(path), "get", "city"});
    NoCall(talk);
    talk.Complained(outcome, path);
  }
}

void TokenHidden(ClientTalk& talk) {
  talk.LookAt(
      "an error says what went wrong, but never shows the token, because "
      "errors end up in logs");
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
      {"tls", "with --ca calls use TLS", 7, ClientTls},
      {"token", "each call has the token once, and a deadline", 7, ClientToken},
      {"per_call", "with --per_call a call has the token once, too", 7,
       PerCall},
      {"token_file", "the token file holds TOKEN or USER TOKEN", 7,
       ClientTokenFile},
      {"wrong_server", "wrong CA or host name: UNAVAILABLE, no call", 7,
       WrongServer},
      {"no_tls", "no token over a plaintext connection", 7, NoTls},
      {"unreadable", "a file that can't be read: its name, exit 1", 7,
       UnreadableFiles},
      {"token_hidden", "no token in any output", 7, TokenHidden},
  };
}

}  // namespace judge
