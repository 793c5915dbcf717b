// A service that answers with reactors of a test.
#ifndef TESTS_11_REACTS_H_
#define TESTS_11_REACTS_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <future>

#include "kv/v1/kv.grpc.pb.h"
#include "running.h"

namespace running {

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr std::chrono::milliseconds kAWhile(100);

// Whether `future` is ready within a while.
template <class Future>
bool Comes(const Future& future) {
  return future.wait_for(kAWhile) == std::future_status::ready;
}

using Unary = grpc::ServerUnaryReactor;
using Writer = grpc::ServerWriteReactor<kv::v1::ListResponse>;
using Bidi =
    grpc::ServerBidiReactor<kv::v1::PipelineRequest, kv::v1::PipelineResponse>;

// A service whose calls are answered by reactors of a test.
struct Reacts final : kv::v1::KeyValueService::CallbackService {
  Unary* Get(grpc::CallbackServerContext* context,
             const kv::v1::GetRequest* /*request*/,
             kv::v1::GetResponse* /*response*/) override {
    return get(*context);
  }
  Writer* List(grpc::CallbackServerContext* context,
               const kv::v1::ListRequest* /*request*/) override {
    return list(*context);
  }
  Bidi* Pipeline(grpc::CallbackServerContext* context) override {
    return pipeline(*context);
  }

  std::function<Unary*(grpc::CallbackServerContext&)> get;
  std::function<Writer*(grpc::CallbackServerContext&)> list;
  std::function<Bidi*(grpc::CallbackServerContext&)> pipeline;
};

inline grpc::Status Get(const Running& server, grpc::ClientContext& context) {
  kv::v1::GetResponse response;
  return server.stub->Get(&context, {}, &response);
}

}  // namespace running

#endif  // TESTS_11_REACTS_H_
