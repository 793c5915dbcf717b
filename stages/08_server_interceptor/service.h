// Answers the rpcs of kv.v1.KeyValueService from a Store.
//
// protoc made a virtual function of each rpc; the ones not overridden here
// answer UNIMPLEMENTED. gRPC calls them from its own threads, several at once.
// Each begins with CheckUser(): without it, what an interceptor has refused is
// done all the same.
#ifndef STAGE_SERVICE_H_
#define STAGE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "budget.h"
#include "kv/v1/kv.grpc.pb.h"
#include "store.h"

namespace kv {

/// The service: checks a request, asks the store, fills in the answer.
/// Thread-safe, because the store is.
// [class]
class KeyValueServiceImpl final : public v1::KeyValueService::Service {
 public:
  /// @param store where the entries are; must outlive the service.
  /// @param import_bytes what all running imports may hold together.
  explicit KeyValueServiceImpl(Store& store,
                               std::size_t import_bytes = 256 << 20)
      : store_(store), imports_(import_bytes) {}
  // [class]

  /// Reads one entry.
  /// @param context the call: its metadata, deadline and cancellation.
  /// @param request what the client sent.
  /// @param response what it gets when the status is OK.
  /// @return OK, NOT_FOUND or INVALID_ARGUMENT.
  grpc::Status Get(grpc::ServerContext* context, const v1::GetRequest* request,
                   v1::GetResponse* response) override;

  /// Writes one entry, always or on a condition.
  /// @param context the call.
  /// @param request what the client sent.
  /// @param response what it gets when the status is OK.
  /// @return OK, FAILED_PRECONDITION or INVALID_ARGUMENT.
  grpc::Status Put(grpc::ServerContext* context, const v1::PutRequest* request,
                   v1::PutResponse* response) override;

  /// Removes one entry; an absent key is no error.
  /// @param context the call.
  /// @param request what the client sent.
  /// @param response what it gets when the status is OK.
  /// @return OK or INVALID_ARGUMENT.
  grpc::Status Delete(grpc::ServerContext* context,
                      const v1::DeleteRequest* request,
                      v1::DeleteResponse* response) override;

  /// Sends every entry under a prefix.
  /// @param context the call.
  /// @param request which entries.
  /// @param writer takes the answers, one by one.
  /// @return OK, INVALID_ARGUMENT, or CANCELLED when nobody reads on.
  grpc::Status List(grpc::ServerContext* context,
                    const v1::ListRequest* request,
                    grpc::ServerWriter<v1::ListResponse>* writer) override;

  /// Sends changes as they come; occupies its thread until the call is over.
  /// @param context the call.
  /// @param request which changes.
  /// @param writer takes the changes, one by one.
  /// @return never OK: CANCELLED, OUT_OF_RANGE, UNAVAILABLE when the watches
  ///     are ended, INVALID_ARGUMENT.
  grpc::Status Watch(grpc::ServerContext* context,
                     const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override;

  /// Writes many entries, all or none.
  /// @param context the call.
  /// @param reader gives the entries, one by one.
  /// @param response what the client gets when the status is OK.
  /// @return OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED, or CANCELLED.
  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<v1::ImportRequest>* reader,
                      v1::ImportResponse* response) override;

  /// Does operations as they come and answers them, both at once.
  /// @param context the call.
  /// @param stream gives the operations, takes the answers.
  /// @return OK once all is answered, or CANCELLED.
  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::PipelineResponse, v1::PipelineRequest>*
          stream) override;

 private:
  v1::PipelineResponse Answer(grpc::ServerContext* context,
                              const v1::PipelineRequest& request);

  Store& store_;
  Budget imports_;  // what running imports hold
};

}  // namespace kv

#endif  // STAGE_SERVICE_H_
