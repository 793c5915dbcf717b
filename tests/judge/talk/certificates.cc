#include "talk/certificates.h"

#include "certs_path.h"

#include <fstream>
#include <sstream>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ask/flags.h"
#include "talk/process.h"

ABSL_FLAG(std::string, certs, JUDGE_CERTS,
          "the folder with the certificates that tools/certs has made");

namespace judge {
std::string CertificatesFolder() { return absl::GetFlag(FLAGS_certs); }

std::string Certificate(const std::string& name) {
  return absl::StartsWith(name, "/")
             ? name
             : absl::StrCat(CertificatesFolder(), "/", name);
}

std::string CertificateText(const std::string& name) {
  const std::ifstream file(Certificate(name));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string WhyNoCertificates() {
  for (const char* name : {"ca.crt", "server.crt", "server.key", "alice.crt",
                           "bob.crt", "other/ca.crt", "other/alice.crt"}) {
    if (CertificateText(name).empty()) {
      return absl::StrCat("cannot read ", Certificate(name), ": see --certs");
    }
  }
  return "";
}

std::string MakeCertificate(const std::string& folder,
                            const std::string& common_name,
                            const std::string& alternatives) {
  std::vector<std::string> words = {"openssl",
                                    "req",
                                    "-x509",
                                    "-new",
                                    "-nodes",
                                    "-newkey",
                                    "ec",
                                    "-pkeyopt",
                                    "ec_paramgen_curve:P-256",
                                    "-CA",
                                    Certificate("ca.crt"),
                                    "-CAkey",
                                    Certificate("ca.key"),
                                    "-subj",
                                    "/CN=" + common_name,
                                    "-keyout",
                                    folder + "/client.key",
                                    "-out",
                                    folder + "/client.crt"};
  if (!alternatives.empty()) {
    words.insert(words.end(), {"-addext", "subjectAltName=" + alternatives});
  }
  const auto process = Process::Start(words);
  if (!process.ok()) {
    return absl::StrCat("cannot start openssl: ", process.status().message());
  }
  const auto end = (*process)->WaitForEnd(Patience());
  const bool made = end.has_value() && !end->killed && end->number == 0;
  return made ? "" : absl::StrCat("openssl: ", (*process)->err());
}

std::shared_ptr<grpc::ChannelCredentials> TlsToServer(
    const std::string& client) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = CertificateText("ca.crt");
  if (!client.empty()) {
    options.pem_cert_chain = CertificateText(client + ".crt");
    options.pem_private_key = CertificateText(client + ".key");
  }
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> TlsToClient(
    const std::string& server) {
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {CertificateText(server + ".key"), CertificateText(server + ".crt")});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> MutualTlsToClient() {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back(
      {CertificateText("server.key"), CertificateText("server.crt")});
  options.pem_root_certs = CertificateText("ca.crt");
  return grpc::SslServerCredentials(options);
}

}  // namespace judge
