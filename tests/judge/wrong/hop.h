// A second hop in front of another server, as stage 10 has it.
#ifndef WRONG_HOP_H_
#define WRONG_HOP_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "kv/v1/kv.grpc.pb.h"

namespace wrong {

/// Answers Get and Watch from the server of --upstream.
class Hop final : public kv::v1::KeyValueService::Service {
 public:
  Hop();
  /// Whether --upstream is set.
  static bool Wanted();

  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override;
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override;
  grpc::Status Watch(
      grpc::ServerContext* context, const kv::v1::WatchRequest* request,
      grpc::ServerWriter<kv::v1::WatchResponse>* writer) override;

 private:
  const std::unique_ptr<kv::v1::KeyValueService::Stub> stub_;
};

}  // namespace wrong

#endif  // WRONG_HOP_H_
