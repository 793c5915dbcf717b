// Stage 07: a server with TLS.
#include "questions/all.h"
#include "talk/certificates.h"
#include "talk/guard_talk.h"
#include "talk/plaintext.h"

namespace judge {
namespace {

constexpr char kPlainToken[] = "plaintext-t0ken";

void Tls(ServerTalk& talk) {
  talk.LookAt(
      "--tls_cert and --tls_key are two PEM files. Use TLS credentials instead "
      "of the insecure ones",
      "SslServerCredentials()");
  // This stage does not check tokens, so any token is accepted.
  StartTls(talk, {}, {{"token", "n0body-asked"}});
  AllWork(talk);
}

void TlsOnly(ServerTalk& talk) {
  StartTls(talk);
  const Guarded guarded(talk);
  if (!talk.going()) return;
  talk.LookAt(
      "the port must accept TLS only: reject every connection without it");
  const auto open =
      talk.shared().Connection(grpc::InsecureChannelCredentials());
  for (const char* const rpc : {"Put", "List", "Import"}) {
    guarded.IsRefusedOn(open, rpc, {{"token", kPlainToken}}, Unavailable());
  }
  talk.LookAt(
      "a client may send its call before it hears from the server. Reject "
      "that, too");
  if (!talk.going()) return;
  kv::v1::PutRequest request;
  request.set_key(talk.Key("/plain"));
  talk.Sent(absl::StrCat("HTTP/2 without TLS: Put ", Describe(request),
                         With({{"token", kPlainToken}})));
  const bool answered = AnswersInPlaintext(talk.shared().address, "Put",
                                           {{"token", kPlainToken}}, request);
  talk.Expect(!answered, "no answer in plaintext HTTP/2", "an answer");
  talk.Get(request.key()).Fails(grpc::StatusCode::NOT_FOUND);
  guarded.Unchanged();
}

std::string Cert(const std::string& path) { return "--tls_cert=" + path; }

std::string Key(const std::string& path) { return "--tls_key=" + path; }

void TlsFiles(ServerTalk& talk) {
  const std::string cert = Certificate("server.crt");
  const std::string key = Certificate("server.key");
  talk.LookAt(
      "when a file can't be read, name it and do not start. Do not fall back "
      "to a server without TLS");
  talk.DoesNotStart({Cert("/no/such.crt"), Key(key)}, "/no/such.crt");
  talk.DoesNotStart({Cert(cert), Key("/no/such.key")}, "/no/such.key");
  talk.LookAt("a folder can be opened but not read");
  const std::string folder = CertificatesFolder();
  talk.DoesNotStart({Cert(folder), Key(key)}, folder);
  talk.DoesNotStart({Cert(cert), Key(folder)}, folder);
}

void TlsPair(ServerTalk& talk) {
  const std::string cert = Certificate("server.crt");
  const std::string key = Certificate("server.key");
  talk.LookAt(
      "when the certificate and the key do not match, the server can't start: "
      "check the two before, and name one of them in the error",
      "BuildAndStart() returns nullptr then, and does not say why");
  const std::string folder = CertificatesFolder();
  talk.DoesNotStart({Cert(cert), Key(Certificate("alice.key"))}, folder);
  talk.DoesNotStart({Cert(key), Key(cert)}, folder);
  talk.LookAt(
      "only one of the two flags is an error. Do not start a server without "
      "TLS");
  talk.DoesNotStart({Cert(cert)});
  talk.DoesNotStart({Key(key)});
}

}  // namespace

std::vector<ServerQuestion> TlsQuestions() {
  return {
      {"tls", "with --tls_cert and --tls_key calls use TLS", 7, Tls},
      {"tls_only", "the TLS port rejects plaintext", 7, TlsOnly},
      {"tls_files", "an unreadable certificate: its name, exit 1", 7, TlsFiles},
      {"tls_pair", "certificate and key do not match: exit 1", 7, TlsPair},
  };
}

}  // namespace judge
