// A server for experiments with gRPC's own limits: knobs NAME=NUMBER …
// --listen=ADDRESS. Each NAME is a channel argument, or "memory" for a resource
// quota in bytes.
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <iostream>
#include <string>

#include "kv/v1/kv.grpc.pb.h"

namespace {

class Service final : public kv::v1::KeyValueService::Service {
  grpc::Status Put(grpc::ServerContext* /*context*/,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    return grpc::Status::OK;
  }
};

}  // namespace

int main(int argc, char** argv) {
  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string value = word.substr(equals + 1);
    if (name == "--listen") {
      builder.AddListeningPort(value, grpc::InsecureServerCredentials(), &port);
    } else if (name == "memory") {
      grpc::ResourceQuota quota("server");
      builder.SetResourceQuota(quota.Resize(std::stoul(value)));
    } else {
      builder.AddChannelArgument(name, std::stoi(value));
    }
  }
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::cout << "READY 127.0.0.1:" << port << std::endl;
  server->Wait();
}
