// Which service answers: our own store, or another server.
#ifndef SERVER_CHOOSE_SERVICE_H_
#define SERVER_CHOOSE_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "server/options.h"
#include "store/store.h"

namespace kv {

/// A service for RegisterService().
struct Chosen {
  std::unique_ptr<grpc::Service> service;  ///< Answers the calls.
  std::function<void()> end_watches;       ///< Call it before Shutdown().
};

/// With --upstream the service answers reads from there, otherwise everything
/// from `store`, which must outlive it. An error names the file that can't be
/// used.
absl::StatusOr<Chosen> ChooseService(const ServerOptions& options,
                                     Store& store);

}  // namespace kv

#endif  // SERVER_CHOOSE_SERVICE_H_
