// Adds a token to the metadata of calls.
//
//   std::shared_ptr<grpc::CallCredentials> token =
//       grpc::MetadataCredentialsFromPlugin(
//           std::make_unique<kv::TokenPlugin>("alice.token"));
//   context.set_credentials(token);                            // one call
//   grpc::CompositeChannelCredentials(tls_credentials, token)  // all calls
//
// gRPC asks the plugin once for each call, and only on a secure channel: on an
// insecure one the call fails before anything is sent.
#ifndef AUTH_TOKEN_PLUGIN_H_
#define AUTH_TOKEN_PLUGIN_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>
#include <utility>

namespace kv {

/// Adds `token` metadata from a file. It reads the file for each call, so a new
/// token is used from the next call on. Thread-safe, because gRPC calls it for
/// several calls concurrently.
class TokenPlugin final : public grpc::MetadataCredentialsPlugin {
 public:
  /// `path` is the token file.
  explicit TokenPlugin(std::string path) : path_(std::move(path)) {}

  /// gRPC calls it when a call starts. `service_url` is for example
  /// https://localhost/kv.v1.KeyValueService, `method_name` for example Get,
  /// and `channel` holds the identity that the server has proved. If the status
  /// is not OK, the call fails with UNAVAILABLE and its message.
  grpc::Status GetMetadata(
      grpc::string_ref service_url, grpc::string_ref method_name,
      const grpc::AuthContext& channel,
      std::multimap<grpc::string, grpc::string>* metadata) override;

  // [blocking]
  /// Returns true, because reading a file may block. gRPC then uses another
  /// thread, and the deadline holds. With false, gRPC would use the thread that
  /// makes the call, which could then block beyond the deadline.
  bool IsBlocking() const override { return true; }
  // [blocking]

 private:
  const std::string path_;
};

}  // namespace kv

#endif  // AUTH_TOKEN_PLUGIN_H_
