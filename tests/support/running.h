// A server on a free port, and contexts with a deadline.
#ifndef TESTS_SUPPORT_RUNNING_H_
#define TESTS_SUPPORT_RUNNING_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/auth_interceptor.h"
#include "auth/tokens.h"
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

}  // namespace running

#endif  // TESTS_SUPPORT_RUNNING_H_
