// Whom the client trusts, and who it says it is.
#ifndef CLIENT_CREDENTIALS_H_
#define CLIENT_CREDENTIALS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"

namespace kv {

/// For the channel, from --ca, --cert, --key and --token_file: TLS verifies the
/// server, and also the client if it has a certificate; the token identifies
/// the caller on every call. Without --ca: plaintext. An
/// error names the flags that don't fit, or the file that can't be used.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials();

/// For one call: the token with --per_call, otherwise null.
std::shared_ptr<grpc::CallCredentials> CredentialsPerCall();

}  // namespace kv

#endif  // CLIENT_CREDENTIALS_H_
