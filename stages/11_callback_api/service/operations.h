// What the three unary rpcs do. Pipeline does the same, message by message.
#ifndef SERVICE_OPERATIONS_H_
#define SERVICE_OPERATIONS_H_

#include <grpcpp/grpcpp.h>

#include "kv/v1/kv.pb.h"
#include "store/store.h"

namespace kv {

/// Checks the request, calls the store and fills in the response, as kv.proto
/// says. None of the functions waits for anything but the store's lock.
/// Thread-safe, because the store is.
class Operations final {
 public:
  /// `store` must outlive this object.
  explicit Operations(Store& store) : store_(store) {}

  /// Reads one entry. Errors: NOT_FOUND, INVALID_ARGUMENT.
  grpc::Status Get(const grpc::CallbackServerContext& context,
                   const v1::GetRequest& request, v1::GetResponse& response);

  /// Writes one entry. Errors: FAILED_PRECONDITION, INVALID_ARGUMENT.
  grpc::Status Put(const grpc::CallbackServerContext& context,
                   const v1::PutRequest& request, v1::PutResponse& response);

  /// Removes one entry. Error: INVALID_ARGUMENT.
  grpc::Status Delete(const grpc::CallbackServerContext& context,
                      const v1::DeleteRequest& request,
                      v1::DeleteResponse& response);

  /// Runs the operation of a pipeline. If it fails, the answer holds the error.
  v1::PipelineResponse Answer(const grpc::CallbackServerContext& context,
                              const v1::PipelineRequest& request);

 private:
  Store& store_;
};

}  // namespace kv

#endif  // SERVICE_OPERATIONS_H_
