#include "server/inspection.h"

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace kv {
namespace {

// [without]
// Removes the plugin that libgrpc++_reflection adds to every server when it is
// loaded.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>*
                         plugins) override {
    const auto is_reflection = [](const auto& plugin) {
      return plugin->name() == "proto_server_reflection";
    };
    plugins->erase(
        std::remove_if(plugins->begin(), plugins->end(), is_reflection),
        plugins->end());
  }
};
// [without]

}  // namespace

// [inspection]
void InitInspection(const ServerOptions& options) {
  // The call keeps the library, which the linker drops if nothing uses it.
  if (options.reflection) {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  }
  if (options.channelz) grpc::channelz::experimental::InitChannelzService();
}

void LimitInspection(grpc::ServerBuilder& builder,
                     const ServerOptions& options) {
  if (!options.reflection) {
    builder.SetOption(std::make_unique<WithoutReflection>());
  }
  using Option = grpc::ServerBuilder::SyncServerOption;
  builder.SetSyncServerOption(Option::NUM_CQS, 1);
  builder.SetSyncServerOption(Option::MIN_POLLERS, 1);
  builder.SetSyncServerOption(Option::MAX_POLLERS, 1);
}
// [inspection]

}  // namespace kv
