// Makes one call, then keeps its channel and does nothing until its standard
// input ends: idle_client HOST:PORT.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "kv/v1/kv.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const auto stub = kv::v1::KeyValueService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  kv::v1::DeleteRequest request;
  request.set_key("k");
  kv::v1::DeleteResponse response;
  const grpc::Status status = stub->Delete(&context, request, &response);
  std::cout << status.error_code() << std::endl;
  std::string line;
  std::getline(std::cin, line);  // the channel is open, but nobody reads it
}
