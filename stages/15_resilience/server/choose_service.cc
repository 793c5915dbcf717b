#include "server/choose_service.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "auth/tls.h"
#include "auth/token_plugin.h"
#include "base/file.h"
#include "service/service.h"
#include "service/upstream.h"

namespace kv {
namespace {

// [credentials]
// Who this server is for the upstream. Never the caller: see upstream.h.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> UpstreamCredentials(
    const ServerOptions& options) {
  if (options.upstream_ca.empty()) return grpc::InsecureChannelCredentials();
  auto tls = TlsChannelCredentials(options.upstream_ca, "", "");
  const std::string& file = options.upstream_token_file;
  if (!tls.ok() || file.empty()) return tls;
  if (const auto token = ReadToken(file); !token.ok()) return token.status();
  return grpc::CompositeChannelCredentials(
      *tls,
      grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenPlugin>(file)));
}
// [credentials]

}  // namespace

absl::StatusOr<Chosen> ChooseService(const ServerOptions& options,
                                     Store& store) {
  Limits limits;
  limits.calls = static_cast<std::size_t>(options.max_calls);
  limits.watches = static_cast<std::size_t>(options.max_watches);
  limits.import_bytes = static_cast<std::size_t>(options.max_import_bytes);
  limits.calls_per_user = static_cast<std::size_t>(options.max_calls_per_user);
  limits.watches_per_user =
      static_cast<std::size_t>(options.max_watches_per_user);
  if (options.upstream.empty()) {
    return Chosen{
        std::make_unique<KeyValueServiceImpl>(store, limits, options.reads),
        [&store] { store.EndWatches(); }};
  }
  const auto credentials = UpstreamCredentials(options);
  if (!credentials.ok()) return credentials.status();
  auto upstream = std::make_unique<Upstream>(
      grpc::CreateChannel(options.upstream, *credentials), limits);
  Upstream* const hop = upstream.get();
  return Chosen{std::move(upstream), [hop] { hop->EndWatches(); }};
}

}  // namespace kv
