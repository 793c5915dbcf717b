// Stage 07: a server that takes TLS.
#include "questions/all.h"
#include "talk/certificates.h"
#include "talk/guard_talk.h"
#include "talk/plaintext.h"

namespace judge {
namespace {

constexpr char kPlainToken[] = "plaintext-t0ken";

void Tls(ServerTalk& talk) {
  talk.LookAt(
      "--tls_cert and --tls_key are two PEM files: SslServerCredentials(), or "
      "what your language calls it, in place of the insecure ones");
  // Nobody has asked for a token yet: one that comes is no mistake.
  StartTls(talk, {}, {{"token", "n0body-asked"}});
  AllWork(talk);
}

void TlsOnly(ServerTalk& talk) {
  StartTls(talk);
  const Guarded guarded(talk);
  if (!talk.going()) return;
  talk.LookAt(
      "one port, one kind of credentials: what comes without TLS is no call");
  const auto open =
      talk.shared().Connection(grpc::InsecureChannelCredentials());
  for (const char* const rpc : {"Put", "List", "Import"}) {
    guarded.IsRefusedOn(open, rpc, {{"token", kPlainToken}}, Unavailable());
  }
  talk.LookAt("also of one who does not wait for the server's first word");
  if (!talk.going()) return;
  kv::v1::PutRequest request;
  request.set_key(talk.Key("/plain"));
  talk.Sent(absl::StrCat("HTTP/2 without TLS: Put ", Describe(request),
                         With({{"token", kPlainToken}})));
  const bool answered = AnswersInPlaintext(talk.shared().address, "Put",
                                           {{"token", kPlainToken}}, request);
  talk.Expect(!answered, "no answer in HTTP/2", "one");
  talk.Get(request.key()).Fails(grpc::StatusCode::NOT_FOUND);
  guarded.Unchanged();
}

std::string Cert(const std::string& path) { return "--tls_cert=" + path; }

std::string Key(const std::string& path) { return "--tls_key=" + path; }

void TlsFiles(ServerTalk& talk) {
  const std::string cert = Certificate("server.crt");
  const std::string key = Certificate("server.key");
  talk.LookAt(
      "a file that can't be read: say which, and do not start. With less "
      "safety than was asked for is no start, either");
  talk.DoesNotStart({Cert("/no/such.crt"), Key(key)}, "/no/such.crt");
  talk.DoesNotStart({Cert(cert), Key("/no/such.key")}, "/no/such.key");
  talk.LookAt("a folder can be opened, and not be read");
  const std::string folder = CertificatesFolder();
  talk.DoesNotStart({Cert(folder), Key(key)}, folder);
  talk.DoesNotStart({Cert(cert), Key(folder)}, folder);
}

void TlsPair(ServerTalk& talk) {
  const std::string cert = Certificate("server.crt");
  const std::string key = Certificate("server.key");
  talk.LookAt(
      "BuildAndStart() gives nullptr for a certificate and a key that do not "
      "belong together");
  talk.DoesNotStart({Cert(cert), Key(Certificate("alice.key"))});
  talk.DoesNotStart({Cert(key), Key(cert)});
  talk.LookAt(
      "one of the two alone is a mistake, and not a server without TLS");
  talk.DoesNotStart({Cert(cert)});
  talk.DoesNotStart({Key(key)});
}

}  // namespace

std::vector<ServerQuestion> TlsQuestions() {
  return {
      {"tls", "with --tls_cert and --tls_key calls come over TLS", 7, Tls},
      {"tls_only", "nothing comes in without TLS beside it", 7, TlsOnly},
      {"tls_files", "a certificate that can't be read: named, exit 1", 7,
       TlsFiles},
      {"tls_pair", "files that do not belong together: exit 1", 7, TlsPair},
  };
}

}  // namespace judge
