// A server with gRPC's callback API: gRPC's own threads call a reactor when
// something has happened, and none of them ever waits for a call.
//
//   callback --listen=127.0.0.1:0
#include <grpcpp/grpcpp.h>

#include <cstddef>

#include "absl/flags/parse.h"
#include "common.h"
#include "kv/v1/kv.grpc.pb.h"

namespace {

// The calls of one reactor come one after the other, so it needs no lock. gRPC
// calls OnDone() last.
class Lister final : public grpc::ServerWriteReactor<kv::v1::ListResponse> {
 public:
  Lister(kv::Store& store, const kv::v1::ListRequest& request) {
    const grpc::Status status = bench::List(store, request, entries_);
    if (status.ok()) {
      Next();
    } else {
      Finish(status);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  void Next() {
    if (next_ == entries_.size()) {
      Finish(grpc::Status::OK);
      return;
    }
    response_ = bench::ToResponse(*entries_[next_++]);
    StartWrite(&response_);
  }

  bench::Entries entries_;
  std::size_t next_ = 0;
  kv::v1::ListResponse response_;  // must stay until it is written
};

class Importer final : public grpc::ServerReadReactor<kv::v1::ImportRequest> {
 public:
  Importer(kv::Store& store, const grpc::CallbackServerContext& context,
           kv::v1::ImportResponse& response)
      : store_(store), context_(context), response_(response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      const grpc::Status bad = imported_.Add(request_);
      if (bad.ok()) {
        StartRead(&request_);
      } else {
        Finish(bad);
      }
    } else if (context_.IsCancelled()) {
      Finish(grpc::Status::CANCELLED);
    } else {
      imported_.Write(store_, response_);
      Finish(grpc::Status::OK);
    }
  }

  void OnDone() override { delete this; }

 private:
  kv::Store& store_;
  const grpc::CallbackServerContext& context_;
  kv::v1::ImportResponse& response_;
  kv::v1::ImportRequest request_;
  bench::Imported imported_;
};

// Reads, answers, and only then reads on.
class Piper final : public grpc::ServerBidiReactor<kv::v1::PipelineRequest,
                                                   kv::v1::PipelineResponse> {
 public:
  explicit Piper(kv::Store& store) : store_(store) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    answer_ = bench::Answer(store_, request_);
    StartWrite(&answer_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  kv::Store& store_;
  kv::v1::PipelineRequest request_;
  kv::v1::PipelineResponse answer_;
};

class Service final : public kv::v1::KeyValueService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const kv::v1::GetRequest* request,
                                kv::v1::GetResponse* response) override {
    return Finished(context, bench::Get(store_, *request, *response));
  }

  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const kv::v1::PutRequest* request,
                                kv::v1::PutResponse* response) override {
    return Finished(context, bench::Put(store_, *request, *response));
  }

  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const kv::v1::DeleteRequest* request,
                                   kv::v1::DeleteResponse* response) override {
    return Finished(context, bench::Delete(store_, *request, *response));
  }

  grpc::ServerWriteReactor<kv::v1::ListResponse>* List(
      grpc::CallbackServerContext* /*context*/,
      const kv::v1::ListRequest* request) override {
    return new Lister(store_, *request);
  }

  grpc::ServerReadReactor<kv::v1::ImportRequest>* Import(
      grpc::CallbackServerContext* context,
      kv::v1::ImportResponse* response) override {
    return new Importer(store_, *context, *response);
  }

  grpc::ServerBidiReactor<kv::v1::PipelineRequest, kv::v1::PipelineResponse>*
  Pipeline(grpc::CallbackServerContext* /*context*/) override {
    return new Piper(store_);
  }

 private:
  static grpc::ServerUnaryReactor* Finished(
      grpc::CallbackServerContext* context, const grpc::Status& status) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(status);
    return reactor;
  }

  kv::Store store_;
};

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const kv::StopSignal stop;
  Service service;

  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const bench::Started started = bench::Start(builder);
  bench::ServeUntil(stop, started);
}
