// The C++ names that the page "From Python" gives for what later stages build.
// This does not compile if one of them does not exist.
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "kv/v1/kv.grpc.pb.h"

namespace names_test {

using kv::v1::KeyValueService;

TEST(Names, Streams) {
  using Service = KeyValueService::Service;
  using Stub = KeyValueService::Stub;
  static_assert(
      std::is_same_v<decltype(&Service::List),
                     grpc::Status (Service::*)(
                         grpc::ServerContext*, const kv::v1::ListRequest*,
                         grpc::ServerWriter<kv::v1::ListResponse>*)>);
  static_assert(std::is_same_v<decltype(&Service::Import),
                               grpc::Status (Service::*)(
                                   grpc::ServerContext*,
                                   grpc::ServerReader<kv::v1::ImportRequest>*,
                                   kv::v1::ImportResponse*)>);
  static_assert(
      std::is_same_v<decltype(&Service::Pipeline),
                     grpc::Status (Service::*)(
                         grpc::ServerContext*,
                         grpc::ServerReaderWriter<kv::v1::PipelineResponse,
                                                  kv::v1::PipelineRequest>*)>);
  static_assert(std::is_same_v<
                decltype(std::declval<Stub>().List(nullptr, {})),
                std::unique_ptr<grpc::ClientReader<kv::v1::ListResponse>>>);
  static_assert(std::is_same_v<
                decltype(std::declval<Stub>().Import(nullptr, nullptr)),
                std::unique_ptr<grpc::ClientWriter<kv::v1::ImportRequest>>>);
}

// A plugin that does nothing.
class Plugin final : public grpc::MetadataCredentialsPlugin {
  grpc::Status GetMetadata(
      grpc::string_ref /*service_url*/, grpc::string_ref /*method_name*/,
      const grpc::AuthContext& /*channel_auth_context*/,
      std::multimap<grpc::string, grpc::string>* /*metadata*/) override {
    return grpc::Status::OK;
  }
};

TEST(Names, Credentials) {
  const auto call =
      grpc::MetadataCredentialsFromPlugin(std::make_unique<Plugin>());
  grpc::ClientContext context;
  context.set_credentials(call);
  EXPECT_NE(grpc::CompositeChannelCredentials(
                grpc::SslCredentials(grpc::SslCredentialsOptions()), call),
            nullptr);
}

TEST(Names, Interceptor) {
  using Factory = grpc::experimental::ServerInterceptorFactoryInterface;
  static_assert(std::is_abstract_v<Factory>);
  static_assert(std::is_abstract_v<grpc::experimental::Interceptor>);
  grpc::ServerBuilder builder;
  builder.experimental().SetInterceptorCreators({});
}

}  // namespace names_test
