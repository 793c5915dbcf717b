// The certificates that --certs names, and what the judge makes of them as a
// client and as a server.
#ifndef JUDGE_TALK_CERTIFICATES_H_
#define JUDGE_TALK_CERTIFICATES_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace judge {

/// The folder that --certs names: tests/support describes it.
std::string CertificatesFolder();

/// The path of a file in it, for example `ca.crt`, or `other/ca.crt` of the
/// second authority.
std::string Certificate(const std::string& name);

/// Why the certificates can't be used; empty when they can.
std::string WhyNoCertificates();

/// Has openssl make `client.crt` and `client.key` in a folder, with a CN and,
/// as openssl takes it, a SAN; none when that is empty. Returns why it can't be
/// made; empty when it was.
std::string MakeCertificate(const std::string& folder,
                            const std::string& common_name,
                            const std::string& alternatives);

/// TLS to a server that the first authority has signed, as a client who shows a
/// certificate, for example `alice`, or a path without its ending; empty: none.
std::shared_ptr<grpc::ChannelCredentials> TlsToServer(
    const std::string& client = "");

/// TLS as a server that shows a certificate, for example `other/server`.
std::shared_ptr<grpc::ServerCredentials> TlsToClient(
    const std::string& server = "server");
/// The same as a server that requires a client certificate of the first
/// authority.
std::shared_ptr<grpc::ServerCredentials> MutualTlsToClient();

}  // namespace judge

#endif  // JUDGE_TALK_CERTIFICATES_H_
