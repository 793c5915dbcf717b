// Answers the rpcs of kv.v1.KeyValueService from a Store.
//
// protoc has generated a virtual function for each rpc. Those that are not
// overridden here answer UNIMPLEMENTED. gRPC calls the functions from its own
// threads, several concurrently. Each function begins with RequireUser(),
// because an interceptor can't keep a rejected call from reaching it.
#ifndef SERVICE_SERVICE_H_
#define SERVICE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>

#include "kv/v1/kv.grpc.pb.h"
#include "service/budget.h"
#include "store/store.h"

namespace kv {

/// The service. Each function checks the request, calls the store and fills in
/// the response, as kv.proto says. Thread-safe, because the store is.
// [class]
class KeyValueServiceImpl final : public v1::KeyValueService::Service {
 public:
  /// `store` holds the entries and must outlive the service. All running
  /// imports together use at most `import_bytes` of memory for their entries.
  explicit KeyValueServiceImpl(Store& store,
                               std::size_t import_bytes = 256 << 20)
      : store_(store), import_budget_(import_bytes) {}
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

  /// Sends the entries under a prefix. Errors: INVALID_ARGUMENT, CANCELLED when
  /// the client is gone.
  grpc::Status List(grpc::ServerContext* context,
                    const v1::ListRequest* request,
                    grpc::ServerWriter<v1::ListResponse>* writer) override;

  /// Sends changes as they happen, and occupies its thread until the call ends.
  /// Errors: CANCELLED, OUT_OF_RANGE, INVALID_ARGUMENT, and UNAVAILABLE after
  /// Store::EndWatches().
  grpc::Status Watch(grpc::ServerContext* context,
                     const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override;

  /// Writes all entries or none. Errors: INVALID_ARGUMENT, RESOURCE_EXHAUSTED,
  /// CANCELLED.
  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<v1::ImportRequest>* reader,
                      v1::ImportResponse* response) override;

  /// Runs operations as they come and answers them at the same time. Ends with
  /// OK when all are answered, or with CANCELLED.
  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::PipelineResponse, v1::PipelineRequest>*
          stream) override;

 private:
  v1::PipelineResponse Answer(grpc::ServerContext* context,
                              const v1::PipelineRequest& request);

  Store& store_;
  Budget import_budget_;
};

}  // namespace kv

#endif  // SERVICE_SERVICE_H_
