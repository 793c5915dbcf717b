// Which service answers: our own store, or another server.
#ifndef SERVER_CHOOSE_SERVICE_H_
#define SERVER_CHOOSE_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "absl/status/statusor.h"
#include "server/options.h"
#include "store/store.h"

namespace kv {

/// Returns the service for RegisterService(). With --upstream it answers reads
/// from there, otherwise everything from `store`, which must outlive it. An
/// error names the file that can't be used.
absl::StatusOr<std::unique_ptr<grpc::Service>> ChooseService(
    const ServerOptions& options, Store& store);

}  // namespace kv

#endif  // SERVER_CHOOSE_SERVICE_H_
