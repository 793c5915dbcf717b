// The server of the usual hello-world example.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>

#include "hello.grpc.pb.h"

namespace {

class Greeter final : public hello::Greeter::Service {
  grpc::Status SayHello(grpc::ServerContext* /*context*/,
                        const hello::HelloRequest* request,
                        hello::HelloReply* reply) override {
    reply->set_message("Hello " + request->name());
    return grpc::Status::OK;
  }
};

}  // namespace

int main() {
  Greeter service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:50051",
                           grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << "listening" << std::endl;
  server->Wait();
}
