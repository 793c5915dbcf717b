// Answers the rpcs of kv.v1.KeyValueService from a Store, on the callback API.
//
// No call has a thread. gRPC calls a function below when a call begins, and the
// function returns a *reactor*: an object that gRPC calls for each event of
// that call, on its own few threads. Neither may block, because the same
// threads serve all other calls.
//
// A function that is not overridden answers UNIMPLEMENTED. Each call begins
// with Admit().
#ifndef SERVICE_SERVICE_H_
#define SERVICE_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>

#include "kv/v1/kv.grpc.pb.h"
#include "service/budget.h"
#include "service/operations.h"
#include "store/store.h"

namespace kv {

/// How much the calls may use. The first three are at least 1.
struct Limits {
  std::size_t calls = 64;       ///< Concurrent calls, apart from watches.
  std::size_t watches = 10000;  ///< Concurrent watches.
  std::size_t import_bytes = 256 << 20;  ///< Memory for all running imports.
  std::size_t calls_per_user = 0;    ///< As `calls`; 0: no limit of its own.
  std::size_t watches_per_user = 0;  ///< As `watches`; 0: no limit of its own.
};

/// The service. Thread-safe, because the store is.
// [class]
class KeyValueServiceImpl final : public v1::KeyValueService::CallbackService {
 public:
  /// `store` holds the entries and must outlive the service.
  explicit KeyValueServiceImpl(Store& store, const Limits& limits = {},
                               Reads reads = Reads::kLinearizable)
      : store_(store),
        reads_(reads),
        operations_(store, reads),
        calls_(limits.calls, limits.calls_per_user),
        watches_(limits.watches, limits.watches_per_user),
        import_bytes_(limits.import_bytes) {}

  /// Reads one entry. Errors: NOT_FOUND, INVALID_ARGUMENT.
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const v1::GetRequest* request,
                                v1::GetResponse* response) override;
  // [class]

  /// Writes one entry. Errors: FAILED_PRECONDITION, INVALID_ARGUMENT.
  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const v1::PutRequest* request,
                                v1::PutResponse* response) override;

  /// Removes one entry. Error: INVALID_ARGUMENT.
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const v1::DeleteRequest* request,
                                   v1::DeleteResponse* response) override;

  /// Sends the entries under a prefix. Errors: INVALID_ARGUMENT.
  grpc::ServerWriteReactor<v1::ListResponse>* List(
      grpc::CallbackServerContext* context,
      const v1::ListRequest* request) override;

  /// Sends changes as they happen. Errors: OUT_OF_RANGE, INVALID_ARGUMENT, and
  /// UNAVAILABLE after Store::EndWatches().
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;

  /// Writes all entries or none. Errors: INVALID_ARGUMENT, RESOURCE_EXHAUSTED.
  grpc::ServerReadReactor<v1::ImportRequest>* Import(
      grpc::CallbackServerContext* context,
      v1::ImportResponse* response) override;

  /// Runs operations as they come and answers them at the same time. Ends with
  /// OK when all are answered.
  grpc::ServerBidiReactor<v1::PipelineRequest, v1::PipelineResponse>* Pipeline(
      grpc::CallbackServerContext* context) override;

 private:
  Store& store_;
  const Reads reads_;
  Operations operations_;
  Budget calls_;
  Budget watches_;
  Budget import_bytes_;
};

}  // namespace kv

#endif  // SERVICE_SERVICE_H_
