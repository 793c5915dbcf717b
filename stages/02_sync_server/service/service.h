// Answers the rpcs of kv.v1.KeyValueService from a Store.
//
// protoc has generated a virtual function for each rpc. Those that are not
// overridden here answer UNIMPLEMENTED. gRPC calls the functions from its own
// threads, several concurrently.
#ifndef SERVICE_SERVICE_H_
#define SERVICE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "kv/v1/kv.grpc.pb.h"
#include "store/store.h"

namespace kv {

/// The service. Each function checks the request, calls the store and fills in
/// the response, as kv.proto says. Thread-safe, because the store is.
// [class]
class KeyValueServiceImpl final : public v1::KeyValueService::Service {
 public:
  /// `store` holds the entries and must outlive the service.
  explicit KeyValueServiceImpl(Store& store) : store_(store) {}
  // [class]

  /// Reads one entry. Errors: NOT_FOUND, INVALID_ARGUMENT.
  grpc::Status Get(grpc::ServerContext* context, const v1::GetRequest* request,
                   v1::GetResponse* response) override;

  /// Writes one entry. Errors: FAILED_PRECONDITION, INVALID_ARGUMENT.
  grpc::Status Put(grpc::ServerContext* context, const v1::PutRequest* request,
                   v1::PutResponse* response) override;

  /// Removes one entry. Error: INVALID_ARGUMENT.
  grpc::Status Delete(grpc::ServerContext* context,
                      const v1::DeleteRequest* request,
                      v1::DeleteResponse* response) override;

 private:
  Store& store_;
};

}  // namespace kv

#endif  // SERVICE_SERVICE_H_
