// Stage 09: a client with a certificate of its own beside the token.
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
      "--cert and --key are the client's own pair: pem_cert_chain and "
      "pem_private_key of SslCredentialsOptions. The token goes along");
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

std::vector<ClientQuestion> CertificateQuestions() {
  return {
      {"certificate", "the client's own, of --cert and --key", 9,
       ClientCertificate},
      {"certificate_files", "a certificate that can't be used: exit 1", 9,
       CertificateFiles},
  };
}

}  // namespace judge
