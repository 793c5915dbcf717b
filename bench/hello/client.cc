// The client of the usual hello-world example.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <iostream>

#include "hello.grpc.pb.h"

int main() {
  const auto stub = hello::Greeter::NewStub(grpc::CreateChannel(
      "127.0.0.1:50051", grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(5));
  hello::HelloRequest request;
  request.set_name("world");
  hello::HelloReply reply;
  const grpc::Status status = stub->SayHello(&context, request, &reply);
  std::cout << (status.ok() ? reply.message() : status.error_message()) << "\n";
  return status.ok() ? 0 : 1;
}
