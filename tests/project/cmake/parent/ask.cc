// A program that needs the generated code, gRPC and protobuf. Nobody listens at
// its target, so it exits with 14, UNAVAILABLE.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "kv/v1/kv.grpc.pb.h"

int main() {
  auto stub = kv::v1::KeyValueService::NewStub(
      grpc::CreateChannel("unix:nobody", grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  kv::v1::GetRequest request;
  kv::v1::GetResponse response;
  return stub->Get(&context, request, &response).error_code();
}
