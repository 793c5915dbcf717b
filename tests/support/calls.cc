#include "calls.h"

#include <grpcpp/generic/generic_stub.h>

#include <cctype>

namespace calls {
namespace {

using kv::v1::ImportRequest;
using kv::v1::ImportResponse;
using kv::v1::ListRequest;
using kv::v1::ListResponse;
using kv::v1::PipelineRequest;
using kv::v1::PipelineResponse;
using kv::v1::PutRequest;
using kv::v1::PutResponse;

constexpr int kMessages = 3;  // of a stream

class Doing final : public grpc::experimental::Interceptor {
 public:
  Doing(const Body& body, Info* info) : body_(body), info_(info) {}
  void Intercept(Methods* methods) override { body_(info_, methods); }

 private:
  const Body& body_;
  Info* const info_;
};

class DoingFactory final : public Factory {
 public:
  explicit DoingFactory(Body body) : body_(std::move(body)) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      Info* info) override {
    return new Doing(body_, info);
  }

 private:
  const Body body_;
};

}  // namespace

std::unique_ptr<Factory> Does(Body body) {
  return std::make_unique<DoingFactory>(std::move(body));
}

Unguarded::Unguarded() { store_.Import({{"secret", "nobody is to see this"}}); }

bool Unguarded::stored() { return store_.Delete("never there").revision > 1; }

void Unguarded::Enter(const grpc::ServerContext& context) {
  ++entered_;
  if (context.IsCancelled()) ++cancelled_;
}

grpc::Status Unguarded::Put(grpc::ServerContext* context,
                            const PutRequest* request, PutResponse* response) {
  Enter(*context);
  response->set_revision(*store_.Put(request->key(), request->value()));
  return grpc::Status::OK;
}

grpc::Status Unguarded::List(grpc::ServerContext* context,
                             const ListRequest* /*request*/,
                             grpc::ServerWriter<ListResponse>* writer) {
  Enter(*context);
  ListResponse response;
  response.add_entries()->set_key(store_.List("", 1).front()->key);
  for (int i = 0; i < kMessages; ++i) {
    if (!writer->Write(response)) return grpc::Status::CANCELLED;
  }
  return grpc::Status::OK;
}

grpc::Status Unguarded::Import(grpc::ServerContext* context,
                               grpc::ServerReader<ImportRequest>* reader,
                               ImportResponse* response) {
  Enter(*context);
  int count = 0;
  for (ImportRequest request; reader->Read(&request); ++count) {
    response->set_revision(*store_.Put(request.key(), request.value()));
  }
  response->set_imported_count(count);
  return grpc::Status::OK;
}

grpc::Status Unguarded::Pipeline(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<PipelineResponse, PipelineRequest>* stream) {
  Enter(*context);
  PipelineRequest request;
  PipelineResponse response;
  while (stream->Read(&request)) {
    const kv::v1::PutRequest& put = request.put_request();
    response.mutable_put_response()->set_revision(
        *store_.Put(put.key(), put.value()));
    if (!stream->Write(response)) return grpc::Status::CANCELLED;
  }
  return grpc::Status::OK;
}

Running::Running(grpc::Service& service, Creators creators) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  builder.experimental().SetInterceptorCreators(std::move(creators));
  server = builder.BuildAndStart();
  channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                grpc::InsecureChannelCredentials());
  stub = KeyValueService::NewStub(channel);
}

Context::Context(const Metadata& metadata, std::chrono::milliseconds timeout) {
  for (const auto& [key, value] : metadata) AddMetadata(key, value);
  set_deadline(std::chrono::system_clock::now() + timeout);
}

Outcome Call(KeyValueService::Stub& stub, Kind kind,
             grpc::ClientContext& context) {
  Outcome outcome;
  switch (kind) {
    case Kind::kPut: {
      PutRequest request;
      request.set_key("city");
      PutResponse response;
      outcome.status = stub.Put(&context, request, &response);
      outcome.messages = response.revision() == 0 ? 0 : 1;
      break;
    }
    case Kind::kList: {
      const auto reader = stub.List(&context, ListRequest());
      for (ListResponse response; reader->Read(&response);) ++outcome.messages;
      outcome.status = reader->Finish();
      break;
    }
    case Kind::kImport: {
      ImportRequest request;
      request.set_key("city");
      ImportResponse response;
      const auto writer = stub.Import(&context, &response);
      for (int i = 1; i < kMessages && writer->Write(request); ++i) {
      }
      writer->WriteLast(request,
                        {});  // and half-closes; Finish() says how it went
      outcome.status = writer->Finish();
      outcome.messages = response.revision() == 0 ? 0 : 1;
      break;
    }
    case Kind::kPipeline: {
      PipelineRequest request;
      request.mutable_put_request()->set_key("city");
      PipelineResponse response;
      const auto stream = stub.Pipeline(&context);
      for (int i = 0; i < kMessages; ++i) {
        if (!stream->Write(request) || !stream->Read(&response)) break;
        ++outcome.messages;
      }
      if (stream->WritesDone() && stream->Read(&response)) ++outcome.messages;
      outcome.status = stream->Finish();
    }
  }
  return outcome;
}

grpc::Status Silent(const std::shared_ptr<grpc::Channel>& channel,
                    const std::string& method, grpc::ClientContext& context,
                    bool half_close) {
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  grpc::GenericStub stub(channel);
  const auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  grpc::Status status;
  if (wait() && half_close) {
    call->WritesDone(nullptr);
    wait();  // false: it is over already, and Finish says why
  }
  call->Finish(&status, nullptr);
  return wait() ? status : grpc::Status(grpc::StatusCode::UNKNOWN, "no status");
}

std::vector<Metadata> Attacks(const std::string& user,
                              const std::string& token) {
  std::string other_case = token;
  for (char& c : other_case)
    c = static_cast<char>(std::islower(c) != 0 ? std::toupper(c)
                                               : std::tolower(c));
  return {
      {},
      {{"token", ""}},
      {{"token", token.substr(0, token.size() - 1)}},
      {{"token", token + "x"}},
      {{"token", token + std::string(7000, 'x')}},
      {{"token", other_case}},
      {{"token", user}},
      {{"token", user + " " + token}},
      {{"token", token}, {"token", "wrong"}},
      {{"token", "wrong"}, {"token", token}},
      {{"token", token}, {"token", token}},
      {{"token-bin", token}},
      {{"authorization", token}},
      {{"auth-user", user}},
      {{"auth-user", user}, {"token", "wrong"}},
  };
}

}  // namespace calls
