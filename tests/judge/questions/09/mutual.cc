// Stage 09: mutual TLS, a client certificate beside the token.
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
      "with --client_ca accept the calls of a client that shows its "
      "certificate");
  StartTls(talk, Flags(talk), Token(kAlice), "alice");
  AllWork(talk);
  talk.LookAt(
      "request a client certificate, require it and verify it "
      "(client_certificate_request): without one there is no connection");
  const Guarded guarded(talk);
  if (!talk.going()) return;
  const auto none = talk.shared().Connection(TlsToServer());
  for (const std::string& rpc : Guarded::All()) {
    guarded.IsRefusedOn(none, rpc, Token(kAlice), Unavailable());
  }
  talk.LookAt("reject a certificate of an untrusted CA");
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
      "the certificate's name must be the user of the token: otherwise a "
      "stolen token works with anybody's certificate",
      "AuthContext has the name");
  guarded.AllRefused(Token(kBob));
  talk.LookAt("a certificate does not replace the token");
  guarded.AllRefused({});
  guarded.AllRefused(Token("wrong"));
  if (!talk.going()) return;
  talk.LookAt("every user can call with their own certificate");
  talk.shared().caller = {TlsToServer("bob"), Token(kBob)};
  talk.shared().Connect();
  AllWork(talk);
}

// Tests which of a certificate's names is the user.
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
       {Case{"use the CN only when there is no DNS name", "alice", "DNS:bob",
             kAlice, kBob},
        Case{"of several DNS names use only the first", "bob",
             "email:alice,DNS:bob,DNS:alice", kAlice, kBob},
        Case{"without a DNS name use the CN", "alice", "", kBob, kAlice},
        Case{"an email address is not a DNS name", "alice", "email:bob", kBob,
             kAlice}}) {
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
  talk.LookAt("when the CA file can't be read, name it and do not start");
  const std::string users = "--token_file=" + talk.File("tokens", UsersFile());
  talk.DoesNotStart(TlsFlags({users, "--client_ca=/no/such.crt"}),
                    "/no/such.crt");
  const std::string folder = CertificatesFolder();
  talk.DoesNotStart(TlsFlags({users, "--client_ca=" + folder}), folder);
  talk.LookAt(
      "--client_ca needs --tls_cert: without TLS there are no certificates");
  talk.DoesNotStart({"--client_ca=" + Certificate("ca.crt")});
}

}  // namespace

std::vector<ServerQuestion> MutualQuestions() {
  return {
      {"client_ca", "without a certificate there is no connection", 9,
       ClientCertificate},
      {"client_name", "certificate and token must name the same user", 9,
       CertificateName},
      {"client_names", "the user is the first DNS name, else the CN", 9,
       CertificateNames},
      {"client_ca_file", "a CA file that can't be read: exit 1", 9,
       ClientCaFile},
  };
}

}  // namespace judge
