// What the tests of stage 11 share: a server on a free port, contexts with a
// deadline, and a service that answers with reactors of a test.
#ifndef TESTS_11_RUNNING_H_
#define TESTS_11_RUNNING_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/auth_interceptor.h"
#include "kv/v1/kv.grpc.pb.h"

namespace running {

using Clock = std::chrono::system_clock;
using Factory = grpc::experimental::ServerInterceptorFactoryInterface;

// A server, without tokens unless you say so, and a stub with a connection of
// its own.
struct Running {
  explicit Running(grpc::Service& service,
                   std::unique_ptr<Factory> interceptor = nullptr,
                   const kv::Tokens* tokens = nullptr) {
    std::vector<std::unique_ptr<Factory>> all;
    all.push_back(std::make_unique<kv::AuthInterceptorFactory>(tokens));
    if (interceptor != nullptr) all.push_back(std::move(interceptor));
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service);
    builder.experimental().SetInterceptorCreators(std::move(all));
    server = builder.BuildAndStart();
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel =
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                  grpc::InsecureChannelCredentials(), own);
    stub = kv::v1::KeyValueService::NewStub(channel);
  }
  ~Running() { server->Shutdown(Clock::now()); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::unique_ptr<grpc::Server> server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<kv::v1::KeyValueService::Stub> stub;
};

// A context with a deadline, so that a call that hangs fails its test.
struct Context : grpc::ClientContext {
  explicit Context(std::chrono::milliseconds time = std::chrono::seconds(30)) {
    set_deadline(Clock::now() + time);
  }
};

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

#endif  // TESTS_11_RUNNING_H_
