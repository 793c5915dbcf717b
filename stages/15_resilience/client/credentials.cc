#include "client/credentials.h"

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "auth/tls.h"
#include "auth/token_plugin.h"
#include "base/file.h"

ABSL_FLAG(std::string, ca, "",
          "PEM file with the CA that signed the server's certificate; without"
          " it, no TLS");
ABSL_FLAG(std::string, token_file, "",
          "file with the token for each call: TOKEN, or USER TOKEN");
ABSL_FLAG(std::string, cert, "", "PEM file with the client's own certificate");
ABSL_FLAG(std::string, key, "", "PEM file with that certificate's key");
ABSL_FLAG(bool, per_call, false,
          "attach the token to the call instead of the channel");

namespace kv {
namespace {

// [token]
std::shared_ptr<grpc::CallCredentials> Token() {
  return grpc::MetadataCredentialsFromPlugin(
      std::make_unique<TokenPlugin>(absl::GetFlag(FLAGS_token_file)));
}
// [token]

}  // namespace

// [credentials]
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials() {
  const std::string ca = absl::GetFlag(FLAGS_ca);
  const std::string token = absl::GetFlag(FLAGS_token_file);
  const std::string cert = absl::GetFlag(FLAGS_cert);
  const std::string key = absl::GetFlag(FLAGS_key);
  const bool per_call = absl::GetFlag(FLAGS_per_call);
  if (ca.empty() && !token.empty()) {
    return absl::InvalidArgumentError(
        "--token_file needs --ca: tokens are only sent over TLS");
  }
  if (token.empty() && per_call) {
    return absl::InvalidArgumentError("--per_call needs --token_file");
  }
  if (cert.empty() != key.empty() || (ca.empty() && !cert.empty())) {
    return absl::InvalidArgumentError("give both --cert and --key, with --ca");
  }
  if (ca.empty()) return grpc::InsecureChannelCredentials();

  // [compose]
  auto tls = TlsChannelCredentials(ca, cert, key);
  if (!tls.ok() || token.empty()) return tls;
  // The plugin reads the file at each call. Fail now if it would fail then.
  const auto readable = ReadToken(token);
  if (!readable.ok()) return readable.status();
  if (per_call) return tls;
  return grpc::CompositeChannelCredentials(*tls, Token());
  // [compose]
}
// [credentials]

std::shared_ptr<grpc::CallCredentials> CredentialsPerCall() {
  return absl::GetFlag(FLAGS_per_call) ? Token() : nullptr;
}

}  // namespace kv
