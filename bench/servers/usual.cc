// A server like the usual gRPC examples: the sync API with all defaults and the
// health service. The benchmark compares the other servers with this one.
//
//   usual --listen=127.0.0.1:0 [--no_health] [--hint]
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "common.h"
#include "kv/v1/kv.grpc.pb.h"

ABSL_FLAG(bool, no_health, false, "leave the default health service out");
ABSL_FLAG(bool, hint, false,
          "List: a message but the first and the last may wait for the next");

namespace {

class Usual final : public kv::v1::KeyValueService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* /*context*/,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override {
    return bench::Get(store_, *request, *response);
  }

  grpc::Status Put(grpc::ServerContext* /*context*/,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override {
    return bench::Put(store_, *request, *response);
  }

  grpc::Status Delete(grpc::ServerContext* /*context*/,
                      const kv::v1::DeleteRequest* request,
                      kv::v1::DeleteResponse* response) override {
    return bench::Delete(store_, *request, *response);
  }

  // Sends one entry per message. Without a hint, Write() sends it immediately.
  grpc::Status List(grpc::ServerContext* /*context*/,
                    const kv::v1::ListRequest* request,
                    grpc::ServerWriter<kv::v1::ListResponse>* writer) override {
    bench::Entries entries;
    grpc::Status status = bench::List(store_, *request, entries);
    for (const auto& entry : entries) {
      grpc::WriteOptions options;
      if (hint_ && entry != entries.front() && entry != entries.back()) {
        options.set_buffer_hint();
      }
      if (!writer->Write(bench::ToResponse(*entry), options)) break;
    }
    return status;
  }

  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<kv::v1::ImportRequest>* reader,
                      kv::v1::ImportResponse* response) override {
    bench::Imported imported;
    kv::v1::ImportRequest request;
    while (reader->Read(&request)) {
      if (grpc::Status bad = imported.Add(request); !bad.ok()) return bad;
    }
    if (context->IsCancelled()) return grpc::Status::CANCELLED;
    imported.Write(store_, *response);
    return grpc::Status::OK;
  }

  // Reads a request and sends its answer before it reads the next one.
  grpc::Status Pipeline(
      grpc::ServerContext* /*context*/,
      grpc::ServerReaderWriter<kv::v1::PipelineResponse,
                               kv::v1::PipelineRequest>* stream) override {
    kv::v1::PipelineRequest request;
    while (stream->Read(&request)) {
      if (!stream->Write(bench::Answer(store_, request))) break;
    }
    return grpc::Status::OK;
  }

 private:
  kv::Store store_;  // a std::map and a std::mutex
  const bool hint_ = absl::GetFlag(FLAGS_hint);
};

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const kv::StopSignal stop;
  Usual service;

  grpc::EnableDefaultHealthCheckService(!absl::GetFlag(FLAGS_no_health));
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const bench::Started started = bench::Start(builder);
  bench::ServeUntil(stop, started);
}
