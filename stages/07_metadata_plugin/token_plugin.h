// Puts a token on each call that it is asked for.
//
//   std::shared_ptr<grpc::CallCredentials> token =
//       grpc::MetadataCredentialsFromPlugin(
//           std::make_unique<kv::TokenPlugin>("alice.token"));
//   context.set_credentials(token);                            // one call
//   grpc::CompositeChannelCredentials(tls_credentials, token)  // all calls
//
// gRPC asks it once a call, and only where the channel is safe: on an insecure
// one the call fails before anything is sent.
#ifndef STAGE_TOKEN_PLUGIN_H_
#define STAGE_TOKEN_PLUGIN_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>
#include <utility>

namespace kv {

/// Gives `token` metadata from a file. It reads the file for each call, so a
/// new token counts from the next call on. Thread-safe, as gRPC asks for
/// several calls at once.
class TokenPlugin final : public grpc::MetadataCredentialsPlugin {
 public:
  /// @param path the token file.
  explicit TokenPlugin(std::string path) : path_(std::move(path)) {}

  /// Called by gRPC when a call starts.
  /// @param service_url which service is called, for example
  ///     https://localhost/kv.v1.KeyValueService.
  /// @param method_name which rpc, for example Get.
  /// @param channel how the peer has proved who it is.
  /// @param metadata what is added to the call.
  /// @return OK; otherwise the call fails with UNAVAILABLE and this message.
  grpc::Status GetMetadata(
      grpc::string_ref service_url, grpc::string_ref method_name,
      const grpc::AuthContext& channel,
      std::multimap<grpc::string, grpc::string>* metadata) override;

  // [blocking]
  /// @return true: a file may be slow. gRPC then asks on a thread of its own,
  ///     and the call's deadline holds. One that says false is asked on the
  ///     thread that calls, which waits for it beyond any deadline.
  bool IsBlocking() const override { return true; }
  // [blocking]

 private:
  const std::string path_;
};

}  // namespace kv

#endif  // STAGE_TOKEN_PLUGIN_H_
