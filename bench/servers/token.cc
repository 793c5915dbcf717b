// A server that checks a token in the place that --check names. It implements
// Get and Put, and answers the other rpcs with UNIMPLEMENTED.
//
//   token --listen=127.0.0.1:0 --tls_cert=FILE --tls_key=FILE
//         --token_file=FILE [--check=handler] [--callback | --max_pollers=64]
//
// The tokens, the interceptor and TLS are those of stage 09.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "auth/auth_interceptor.h"
#include "auth/tls.h"
#include "auth/tokens.h"
#include "common.h"
#include "guards.h"
#include "kv/v1/kv.grpc.pb.h"

ABSL_FLAG(bool, callback, false, "the callback API, not the sync one");
ABSL_FLAG(std::string, check, "none",
          "none, handler, interceptor, processor or blocking (a processor)");
ABSL_FLAG(int, max_pollers, 2, "threads that wait for calls, at most");
ABSL_FLAG(std::string, tls_cert, "", "PEM file");
ABSL_FLAG(std::string, tls_key, "", "PEM file");
ABSL_FLAG(std::string, token_file, "", "lines of USER TOKEN writer");

namespace {

// The handlers of both services: check the caller, then answer.
class ResponseQueue final {
 public:
  explicit ResponseQueue(const bench::Guard& guard) : guard_(guard) {}

  grpc::Status Get(const bench::Metadata& metadata,
                   const kv::v1::GetRequest& request,
                   kv::v1::GetResponse& response) {
    grpc::Status bad = guard_(metadata);
    return bad.ok() ? bench::Get(store_, request, response) : bad;
  }

  grpc::Status Put(const bench::Metadata& metadata,
                   const kv::v1::PutRequest& request,
                   kv::v1::PutResponse& response) {
    grpc::Status bad = guard_(metadata);
    return bad.ok() ? bench::Put(store_, request, response) : bad;
  }

 private:
  const bench::Guard& guard_;
  kv::Store store_;
};

class Sync final : public kv::v1::KeyValueService::Service {
 public:
  explicit Sync(ResponseQueue& answers) : answers_(answers) {}

  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override {
    return answers_.Get(context->client_metadata(), *request, *response);
  }

  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override {
    return answers_.Put(context->client_metadata(), *request, *response);
  }

 private:
  ResponseQueue& answers_;
};

class Callback final : public kv::v1::KeyValueService::CallbackService {
 public:
  explicit Callback(ResponseQueue& answers) : answers_(answers) {}

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const kv::v1::GetRequest* request,
                                kv::v1::GetResponse* response) override {
    return bench::Finished(*context, answers_.Get(context->client_metadata(),
                                                  *request, *response));
  }

  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const kv::v1::PutRequest* request,
                                kv::v1::PutResponse* response) override {
    return bench::Finished(*context, answers_.Put(context->client_metadata(),
                                                  *request, *response));
  }

 private:
  ResponseQueue& answers_;
};

int Fail(const absl::Status& status) {
  std::cerr << "token: " << status.message() << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  kv::SkipTlsCleanup();
  absl::ParseCommandLine(argc, argv);
  const kv::StopSignal stop;
  kv::Tokens tokens;
  const absl::Status read = tokens.Read(absl::GetFlag(FLAGS_token_file));
  if (!read.ok()) return Fail(read);
  const auto credentials = kv::TlsServerCredentials(
      absl::GetFlag(FLAGS_tls_cert), absl::GetFlag(FLAGS_tls_key), "");
  if (!credentials.ok()) return Fail(credentials.status());

  const std::string check = absl::GetFlag(FLAGS_check);
  const bench::Guard guard = bench::GuardOf(check, tokens);
  ResponseQueue answers(guard);
  Sync sync(answers);
  Callback callback(answers);
  grpc::ServerBuilder builder;
  if (absl::GetFlag(FLAGS_callback)) {
    builder.RegisterService(&callback);
  } else {
    builder.RegisterService(&sync);
    builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS,
                                absl::GetFlag(FLAGS_max_pollers));
  }
  if (check == "interceptor") {
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        creators;
    creators.push_back(std::make_unique<kv::AuthInterceptorFactory>(&tokens));
    builder.experimental().SetInterceptorCreators(std::move(creators));
  } else if (check == "processor" || check == "blocking") {
    (*credentials)
        ->SetAuthMetadataProcessor(
            std::make_shared<bench::Processor>(tokens, check == "blocking"));
  } else if (check != "handler" && check != "none") {
    return Fail(absl::InvalidArgumentError("--check: " + check + "?"));
  }
  const bench::Started started = bench::Start(builder, *credentials);
  bench::ServeUntil(stop, started);
}
