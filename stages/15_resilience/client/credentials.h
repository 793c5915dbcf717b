// The client's credentials: which CA it trusts, and who it is.
#ifndef CLIENT_CREDENTIALS_H_
#define CLIENT_CREDENTIALS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"

namespace kv {

/// Returns channel credentials from --ca, --cert, --key and --token_file: TLS
/// verifies the server, and also the client if it has a certificate; the token
/// identifies the caller on every call. Without --ca, they are plaintext. An
/// error names the flags that don't fit, or an unusable file.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials();

/// Returns the token for one call if --per_call is set, otherwise null.
std::shared_ptr<grpc::CallCredentials> CredentialsPerCall();

}  // namespace kv

#endif  // CLIENT_CREDENTIALS_H_
