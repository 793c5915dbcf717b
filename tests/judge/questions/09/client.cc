// Stage 09: a client with a certificate and a token.
#include "questions/all.h"
#include "talk/secure_talk.h"

namespace judge {
namespace {

void ClientCertificate(ClientTalk& talk) {
  const std::string file = TokenFlag(AliceFile(talk));
  const std::string cert = "--cert=" + Certificate("alice.crt");
  const std::string key = "--key=" + Certificate("alice.key");
  ServeTls(talk, MutualTlsToClient());
  talk.AnswerWith(grpc::Status(StatusCode::ABORTED, "as told"));
  talk.LookAt(
      "--cert and --key are the client's certificate and key, for the "
      "channel's TLS credentials. Send the token as before",
      "pem_cert_chain and pem_private_key of SslCredentialsOptions");
  for (const auto& [rpc, words] : Commands(talk)) {
    const Outcome outcome = talk.Run(Joined({Ca(), cert, key, file}, words));
    const Received call = talk.OneCall(rpc);
    talk.Expect(call.peer == "alice", "a certificate with the name alice",
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
  const auto fails = [&talk](const std::vector<std::string>& flags,
                             const std::string& word) {
    const Outcome outcome = talk.Run(Joined(flags, {"get", "city"}));
    NoCall(talk);
    talk.Complained(outcome, word);
  };
  talk.LookAt("only one of --cert and --key is an error");
  fails({Ca(), cert}, "");
  fails({Ca(), key}, "");
  talk.LookAt(
      "both without --ca is an error, too: a certificate is only used with "
      "TLS");
  fails({cert, key}, "");
  talk.LookAt("when a file can't be read, name it and make no call");
  fails({Ca(), "--cert=/no/such.crt", key}, "/no/such.crt");
  fails({Ca(), cert, "--key=/no/such.key"}, "/no/such.key");
  const std::string folder = CertificatesFolder();
  fails({Ca(), "--cert=" + folder, key}, folder);
  fails({Ca(), cert, "--key=" + folder}, folder);
}

}  // namespace

std::vector<ClientQuestion> CertificateQuestions() {
  return {
      {"certificate", "the client shows the certificate of --cert", 9,
       ClientCertificate},
      {"certificate_files", "a certificate that can't be used: exit 1", 9,
       CertificateFiles},
  };
}

}  // namespace judge
