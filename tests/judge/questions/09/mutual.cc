// Stage 09: mutual TLS, a certificate beside the token.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/certificates.h"
#include "talk/guard_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

std::vector<std::string> Flags(ServerTalk& talk) {
  return {"--token_file=" + talk.File("tokens", UsersFile()),
          "--client_ca=" + Certificate("ca.crt")};
}

void ClientCertificate(ServerTalk& talk) {
  talk.LookAt(
      "with --client_ca a client shows a certificate, too: then its calls are "
      "taken as before");
  StartTls(talk, Flags(talk), Token(kAlice), "alice");
  AllWork(talk);
  talk.LookAt(
      "ask for one, require it and verify it (client_certificate_request): "
      "without one there is no connection");
  const Guarded guarded(talk);
  if (!talk.going()) return;
  const auto none = talk.shared().Connection(TlsToServer());
  for (const std::string& rpc : Guarded::All()) {
    guarded.IsRefusedOn(none, rpc, Token(kAlice), Unavailable());
  }
  talk.LookAt("one of another authority is worth nothing");
  const auto foreign = talk.shared().Connection(TlsToServer("other/alice"));
  for (const std::string& rpc : Guarded::All()) {
    guarded.IsRefusedOn(foreign, rpc, Token(kAlice), Unavailable());
  }
  guarded.Unchanged();
}

void CertificateName(ServerTalk& talk) {
  StartTls(talk, Flags(talk), Token(kAlice), "alice");
  const Guarded guarded(talk);
  talk.LookAt(
      "the certificate's name (in the AuthContext) must be the token's user: "
      "else a stolen token works with anybody's certificate");
  guarded.AllRefused(Token(kBob));
  talk.LookAt("a certificate is no token");
  guarded.AllRefused({});
  guarded.AllRefused(Token("wrong"));
  if (!talk.going()) return;
  talk.LookAt("each user with their own certificate");
  talk.shared().caller = {TlsToServer("bob"), Token(kBob)};
  talk.shared().Connect();
  AllWork(talk);
}

// Which of a certificate's names is the user's.
void CertificateNames(ServerTalk& talk) {
  struct Case {
    std::string thought;
    std::string common_name;
    std::string alternatives;
    std::string wrong;
    std::string right;
  };
  const std::string folder =
      std::filesystem::path(talk.File("tokens", UsersFile())).parent_path();
  StartTls(talk, Flags(talk), Token(kAlice), "alice");
  const Guarded guarded(talk);
  for (const Case& one :
       {Case{"a CN counts only when there is no DNS name", "alice", "DNS:bob",
             kAlice, kBob},
        Case{"of several DNS names the first counts, alone", "bob",
             "email:alice,DNS:bob,DNS:alice", kAlice, kBob},
        Case{"without a DNS name the CN is the name", "alice", "", kBob,
             kAlice},
        Case{"an address of another kind is no DNS name", "alice", "email:bob",
             kBob, kAlice}}) {
    if (!talk.going()) return;
    const std::string why =
        MakeCertificate(folder, one.common_name, one.alternatives);
    if (!why.empty()) return talk.GiveUp(why);
    talk.LookAt(one.thought);
    const std::string what =
        one.alternatives.empty() ? "no SAN" : "SAN " + one.alternatives;
    talk.Sent(
        absl::StrCat("a certificate with CN ", one.common_name, " and ", what));
    const auto credentials = TlsToServer(folder + "/client");
    guarded.IsRefusedOn(talk.shared().Connection(credentials), "Put",
                        Token(one.wrong), InvalidSignature());
    if (!talk.going()) return;
    talk.shared().caller = {credentials, Token(one.right)};
    talk.shared().Connect();
    talk.Get("judge/client_names").Fails(grpc::StatusCode::NOT_FOUND);
  }
}

void ClientCaFile(ServerTalk& talk) {
  talk.LookAt("an authority that can't be read: say which file, do not start");
  const std::string users = "--token_file=" + talk.File("tokens", UsersFile());
  talk.DoesNotStart(TlsFlags({users, "--client_ca=/no/such.crt"}),
                    "/no/such.crt");
  const std::string folder = CertificatesFolder();
  talk.DoesNotStart(TlsFlags({users, "--client_ca=" + folder}), folder);
  talk.LookAt("--client_ca needs --tls_cert: without TLS nobody shows any");
  talk.DoesNotStart({"--client_ca=" + Certificate("ca.crt")});
}

}  // namespace

std::vector<ServerQuestion> MutualQuestions() {
  return {
      {"client_ca", "no connection without a certificate", 9,
       ClientCertificate},
      {"client_name", "the certificate and the token name one user", 9,
       CertificateName},
      {"client_names", "the first DNS name of the SAN, else the CN", 9,
       CertificateNames},
      {"client_ca_file", "an authority that can't be read: exit 1", 9,
       ClientCaFile},
  };
}

}  // namespace judge
