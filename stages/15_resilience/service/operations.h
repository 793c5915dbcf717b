// What the three unary rpcs do. Pipeline does the same, message by message.
#ifndef SERVICE_OPERATIONS_H_
#define SERVICE_OPERATIONS_H_

#include <grpcpp/grpcpp.h>

#include <functional>

#include "kv/v1/kv.pb.h"
#include "store/store.h"

namespace kv {

/// Receives the status of an operation, when its response is filled in, on any
/// thread. It must not block.
using Finished = std::function<void(grpc::Status)>;

/// Checks the request, calls the store and fills in the response, as kv.proto
/// says. None of the functions waits for anything but the store's lock. A write
/// is finished later, on the store's thread, and so is a read of a store that
/// other servers write to, too. Until then, the context and the response must
/// live; the request need not. Thread-safe.
class Operations final {
 public:
  /// `store` must outlive this object.
  Operations(Store& store, Reads reads) : store_(store), reads_(reads) {}

  /// Reads one entry. Errors: NOT_FOUND, INVALID_ARGUMENT, UNAVAILABLE.
  void Get(const grpc::CallbackServerContext& context,
           const v1::GetRequest& request, v1::GetResponse& response,
           Finished finished);

  /// Writes one entry. Errors: FAILED_PRECONDITION, INVALID_ARGUMENT,
  /// UNAVAILABLE.
  void Put(const grpc::CallbackServerContext& context,
           const v1::PutRequest& request, v1::PutResponse& response,
           Finished finished);

  /// Removes one entry. Errors: INVALID_ARGUMENT, UNAVAILABLE.
  void Delete(const grpc::CallbackServerContext& context,
              const v1::DeleteRequest& request, v1::DeleteResponse& response,
              Finished finished);

  /// Runs the operation of a pipeline. If it fails, the answer holds the error.
  /// It meets the operations that were begun before as if they were finished.
  void Answer(const grpc::CallbackServerContext& context,
              const v1::PipelineRequest& request, v1::PipelineResponse& answer,
              std::function<void()> finished);

 private:
  void GetInTurn(const grpc::CallbackServerContext& context,
                 const v1::GetRequest& request, v1::GetResponse& response,
                 Finished finished);

  Store& store_;
  const Reads reads_;
};

}  // namespace kv

#endif  // SERVICE_OPERATIONS_H_
