// The certificates that --certs names, and what the judge makes of them as a
// client and as a server.
#ifndef JUDGE_CERTIFICATES_H_
#define JUDGE_CERTIFICATES_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace judge {

/// @return the folder that tests/certs describes.
std::string CertificatesFolder();

/// @param name for example `ca.crt`, or `other/ca.crt` of the second authority.
/// @return the file's path.
std::string Certificate(const std::string& name);

/// @return why they can't be used; empty when they can.
std::string WhyNoCertificates();

/// Has openssl make a certificate that tests/certs has not.
/// @param folder where; it gets `client.crt` and `client.key`.
/// @param common_name its CN.
/// @param alternatives its SAN, as openssl takes it; empty: none.
/// @return why it can't be made; empty when it was.
std::string MakeCertificate(const std::string& folder,
                            const std::string& common_name,
                            const std::string& alternatives);

/// TLS as a client.
/// @param client whose certificate is shown, for example `alice`, or a path
///     without its ending; empty: none.
/// @return credentials for a server that the first authority has signed.
std::shared_ptr<grpc::ChannelCredentials> TlsToServer(
    const std::string& client = "");

/// TLS as a server.
/// @param server whose certificate is shown, for example `other/server`.
/// @param asks whether a client must have one of the first authority.
std::shared_ptr<grpc::ServerCredentials> TlsToClient(
    const std::string& server = "server", bool asks = false);

}  // namespace judge

#endif  // JUDGE_CERTIFICATES_H_
