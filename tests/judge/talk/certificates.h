// The certificates in the folder of --certs, and the credentials that the judge
// makes of them as a client and as a server.
#ifndef JUDGE_TALK_CERTIFICATES_H_
#define JUDGE_TALK_CERTIFICATES_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace judge {

/// The folder that --certs names. tests/support describes its content.
std::string CertificatesFolder();

/// The path of a file in that folder, for example `ca.crt`, or `other/ca.crt`
/// for the second CA.
std::string Certificate(const std::string& name);

/// What is in such a file; empty if it can't be read.
std::string CertificateText(const std::string& name);

/// Why the certificates can't be used; empty when they can.
std::string WhyNoCertificates();

/// Runs openssl to make `client.crt` and `client.key` in a folder, with a CN
/// and, unless it is empty, a SAN in openssl's format. Returns an empty string,
/// or why it failed.
std::string MakeCertificate(const std::string& folder,
                            const std::string& common_name,
                            const std::string& alternatives);

/// TLS credentials for a client that trusts the first CA. It shows the given
/// certificate, for example `alice` or a path without its ending, or none.
std::shared_ptr<grpc::ChannelCredentials> TlsToServer(
    const std::string& client = "");

/// TLS credentials for a server with a certificate, for example `other/server`.
std::shared_ptr<grpc::ServerCredentials> TlsToClient(
    const std::string& server = "server");
/// The same for a server that requires a client certificate of the first CA.
std::shared_ptr<grpc::ServerCredentials> MutualTlsToClient();

}  // namespace judge

#endif  // JUDGE_TALK_CERTIFICATES_H_
