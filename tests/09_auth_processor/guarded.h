// What the tests of stage 09 share: a server with a processor at its port, a
// service that counts the calls that get in, and calls with every kind of
// mistake.
#ifndef TESTS_09_AUTH_PROCESSOR_GUARDED_H_
#define TESTS_09_AUTH_PROCESSOR_GUARDED_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "auth/tls.h"
#include "kv/v1/kv.grpc.pb.h"

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr std::chrono::milliseconds kAWhile(200);

// Of each kind one, then the other three rpcs.
constexpr const char* kOfEachKind[] = {"Get", "List", "Import", "Pipeline"};
constexpr const char* kOthers[] = {"Put", "Delete", "Watch"};

inline std::string Cert(const std::string& name) { return CERTS "/" + name; }

// A service that only counts how often a handler is entered. Handlers that
// stream send a message, so that a client could see one.
class Witness final : public kv::v1::KeyValueService::Service {
 public:
  int entered() const { return entered_; }

  // What a test wants to know about a call that got in.
  std::function<void(const grpc::ServerContext&)> look = [](const auto&) {};

  // What `look` wrote, after the call. gRPC orders the two, but in a way that
  // ThreadSanitizer can't see.
  template <class What>
  What Seen(const What& what) {
    const std::lock_guard lock(looking_);
    return what;
  }

  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    return Enter(*context);
  }
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    return Enter(*context);
  }
  grpc::Status Delete(grpc::ServerContext* context,
                      const kv::v1::DeleteRequest* /*request*/,
                      kv::v1::DeleteResponse* /*response*/) override {
    return Enter(*context);
  }
  grpc::Status List(grpc::ServerContext* context,
                    const kv::v1::ListRequest* /*request*/,
                    grpc::ServerWriter<kv::v1::ListResponse>* writer) override {
    writer->Write({});
    return Enter(*context);
  }
  grpc::Status Watch(
      grpc::ServerContext* context, const kv::v1::WatchRequest* /*request*/,
      grpc::ServerWriter<kv::v1::WatchResponse>* writer) override {
    writer->Write({});
    return Enter(*context);
  }
  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<kv::v1::ImportRequest>* /*reader*/,
                      kv::v1::ImportResponse* /*response*/) override {
    return Enter(*context);
  }
  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<kv::v1::PipelineResponse,
                               kv::v1::PipelineRequest>* stream) override {
    stream->Write({});
    return Enter(*context);
  }

 private:
  grpc::Status Enter(const grpc::ServerContext& context) {
    ++entered_;
    const std::lock_guard lock(looking_);  // one handler after the other
    look(context);
    return grpc::Status::OK;
  }

  std::atomic<int> entered_ = 0;
  std::mutex looking_;
};

inline std::shared_ptr<grpc::ServerCredentials> ServerTls(
    const std::string& client_ca = "") {
  return kv::TlsServerCredentials(Cert("server.crt"), Cert("server.key"),
                                  client_ca)
      .value();
}

// A server on a free port.
class Guarded final {
 public:
  using Interceptors = std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>;

  Guarded(
      grpc::Service& service,
      const std::shared_ptr<grpc::AuthMetadataProcessor>& processor,
      const std::shared_ptr<grpc::ServerCredentials>& credentials = ServerTls(),
      Interceptors interceptors = {}) {
    if (processor != nullptr) credentials->SetAuthMetadataProcessor(processor);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.AddListeningPort("127.0.0.1:0", ServerTls(), &open_port_);
    builder.RegisterService(&service);
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    server_ = builder.BuildAndStart();
  }
  ~Guarded() { server_->Shutdown(std::chrono::system_clock::now()); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // A connection of its own.
  std::shared_ptr<grpc::Channel> Connect(
      const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    return Connect(credentials, port_);
  }
  std::shared_ptr<grpc::Channel> Connect() const {
    return Connect(ClientTls(), port_);
  }
  // To the server's second port, which has no processor.
  std::shared_ptr<grpc::Channel> ConnectBeside() const {
    return Connect(ClientTls(), open_port_);
  }
  // Without any port.
  std::shared_ptr<grpc::Channel> InProcess() const {
    return server_->InProcessChannel({});
  }

  static std::shared_ptr<grpc::ChannelCredentials> ClientTls(
      const std::string& name = "") {
    if (name.empty())
      return kv::TlsChannelCredentials(Cert("ca.crt"), "", "").value();
    return kv::TlsChannelCredentials(Cert("ca.crt"), Cert(name + ".crt"),
                                     Cert(name + ".key"))
        .value();
  }

 private:
  static std::shared_ptr<grpc::Channel> Connect(
      const std::shared_ptr<grpc::ChannelCredentials>& credentials, int port) {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                     credentials, own);
  }

  int port_ = 0;
  int open_port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// What a client sees of a call.
struct Outcome {
  grpc::Status status;
  int messages = 0;
  std::string header;  // x-answer, if one came
};

// How much a client sends.
enum class Sends { kAll, kNoHalfClose, kNothing };

// Calls any method, known or not, of any kind, with a message without fields.
inline Outcome Call(const std::shared_ptr<grpc::Channel>& channel,
                    const std::string& method,
                    const std::vector<std::string>& tokens,
                    Sends sends = Sends::kAll) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  for (const std::string& token : tokens) context.AddMetadata("token", token);
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const std::string path =
      method[0] == '/' ? method : "/kv.v1.KeyValueService/" + method;
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  bool more = done();
  const grpc::Slice nothing;
  const grpc::ByteBuffer empty(&nothing, 1);
  if (more && sends == Sends::kAll) call->WriteLast(empty, {}, nullptr);
  if (more && sends == Sends::kNoHalfClose) call->Write(empty, nullptr);
  if (more && sends != Sends::kNothing)
    done();  // may fail: it is refused already

  Outcome outcome;
  grpc::ByteBuffer message;
  for (call->Read(&message, nullptr); done(); call->Read(&message, nullptr))
    ++outcome.messages;
  call->Finish(&outcome.status, nullptr);
  done();
  for (const auto* const metadata : {&context.GetServerInitialMetadata(),
                                     &context.GetServerTrailingMetadata()}) {
    const auto found = metadata->find("x-answer");
    if (found != metadata->end())
      outcome.header = {found->second.data(), found->second.size()};
  }
  return outcome;
}

#endif  // TESTS_09_AUTH_PROCESSOR_GUARDED_H_
