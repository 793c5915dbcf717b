// For the tests of this stage: a server with interceptors, a service that
// checks nothing, and one call of each kind.
#ifndef TESTS_SUPPORT_CALLS_H_
#define TESTS_SUPPORT_CALLS_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "store/store.h"

namespace calls {

using kv::v1::KeyValueService;
using Hook = grpc::experimental::InterceptionHookPoints;
using Info = grpc::experimental::ServerRpcInfo;
using Methods = grpc::experimental::InterceptorBatchMethods;
using Factory = grpc::experimental::ServerInterceptorFactoryInterface;
using Creators = std::vector<std::unique_ptr<Factory>>;
using Metadata = std::vector<std::pair<std::string, std::string>>;

// One rpc of each of gRPC's four kinds.
enum class Kind { kPut, kList, kImport, kPipeline };

// What an interceptor does at each hook of each call.
using Body = std::function<void(Info* info, Methods* methods)>;

// A factory of interceptors that do it.
std::unique_ptr<Factory> Does(Body body);

template <typename... Factories>
Creators Of(std::unique_ptr<Factories>... factories) {
  Creators creators;
  (creators.push_back(std::move(factories)), ...);
  return creators;
}

// A service as in stage 06, which checks nothing. Its store has one entry.
class Unguarded final : public KeyValueService::Service {
 public:
  Unguarded();
  int entered() const { return entered_; }      // handlers, so far
  int cancelled() const { return cancelled_; }  // those whose call was over
  bool stored();  // whether a call has changed the store

  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const kv::v1::ListRequest* request,
                    grpc::ServerWriter<kv::v1::ListResponse>* writer) override;
  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<kv::v1::ImportRequest>* reader,
                      kv::v1::ImportResponse* response) override;
  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<kv::v1::PipelineResponse,
                               kv::v1::PipelineRequest>* stream) override;

 private:
  void Enter(const grpc::ServerContext& context);

  std::atomic<int> entered_ = 0;
  std::atomic<int> cancelled_ = 0;
  kv::Store store_;
};

// A server with interceptors on a free port, and a client of it.
struct Running {
  Running(grpc::Service& service, Creators creators);
  ~Running() { server->Shutdown(std::chrono::system_clock::now()); }

  // Returns when no handler runs any more: the client of a call that was
  // cancelled hears of it earlier.
  void Stop() const { server->Shutdown(); }

  std::unique_ptr<grpc::Server> server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<KeyValueService::Stub> stub;
};

// A context with a deadline, so that a call that hangs fails its test.
struct Context : grpc::ClientContext {
  explicit Context(
      const Metadata& metadata = {},
      std::chrono::milliseconds timeout = std::chrono::seconds(30));
};

// How a call ended, and how many messages the client got before.
struct Outcome {
  grpc::Status status;
  int messages = 0;
};

// Makes a call of this kind, to its end. A pipeline waits for each response
// before it sends the next request.
Outcome Call(KeyValueService::Stub& stub, Kind kind,
             grpc::ClientContext& context);

// The headers of a call of any method, and no message ever. Half-closes if told
// to.
grpc::Status Silent(const std::shared_ptr<grpc::Channel>& channel,
                    const std::string& method, grpc::ClientContext& context,
                    bool half_close = false);

// Metadata that must be rejected when this token is the valid one.
std::vector<Metadata> Attacks(const std::string& user,
                              const std::string& token);

}  // namespace calls

#endif  // TESTS_SUPPORT_CALLS_H_
