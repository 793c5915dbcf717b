// A server with gRPC's callback API: gRPC's own threads call a reactor for each
// event, and no thread ever blocks for a call.
//
//   callback --listen=127.0.0.1:0 [--arena] [--no_deadlock_detection]
#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/message_allocator.h>

#include <array>
#include <cstddef>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/synchronization/mutex.h"
#include "common.h"
#include "kv/v1/kv.grpc.pb.h"
#include "reactors.h"

ABSL_FLAG(bool, arena, false, "the messages of Get in an arena");
ABSL_FLAG(bool, no_deadlock_detection, false, "of Abseil's mutexes");

namespace {

// Both messages of a Get and their content, in one block of memory.
class Messages final
    : public grpc::MessageHolder<kv::v1::GetRequest, kv::v1::GetResponse> {
 public:
  Messages() : arena_(block_.data(), block_.size()) {
    set_request(kv::v1::GetRequest::default_instance().New(&arena_));
    set_response(kv::v1::GetResponse::default_instance().New(&arena_));
  }

  void Release() override { delete this; }

 private:
  alignas(std::max_align_t) std::array<char, 1024> block_;
  google::protobuf::Arena arena_;
};

class Allocator final
    : public grpc::MessageAllocator<kv::v1::GetRequest, kv::v1::GetResponse> {
 public:
  Messages* AllocateMessages() override { return new Messages; }
};

class Service final : public kv::v1::KeyValueService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const kv::v1::GetRequest* request,
                                kv::v1::GetResponse* response) override {
    return bench::Finished(*context, bench::Get(store_, *request, *response));
  }

  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const kv::v1::PutRequest* request,
                                kv::v1::PutResponse* response) override {
    return bench::Finished(*context, bench::Put(store_, *request, *response));
  }

  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const kv::v1::DeleteRequest* request,
                                   kv::v1::DeleteResponse* response) override {
    return bench::Finished(*context,
                           bench::Delete(store_, *request, *response));
  }

  grpc::ServerWriteReactor<kv::v1::ListResponse>* List(
      grpc::CallbackServerContext* /*context*/,
      const kv::v1::ListRequest* request) override {
    return new bench::Lister(store_, *request);
  }

  grpc::ServerReadReactor<kv::v1::ImportRequest>* Import(
      grpc::CallbackServerContext* context,
      kv::v1::ImportResponse* response) override {
    return new bench::Importer(store_, *context, *response);
  }

  grpc::ServerBidiReactor<kv::v1::PipelineRequest, kv::v1::PipelineResponse>*
  Pipeline(grpc::CallbackServerContext* /*context*/) override {
    return new bench::Piper(store_);
  }

 private:
  kv::Store store_;
};

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_no_deadlock_detection)) {
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  }
  const kv::StopSignal stop;
  Allocator allocator;
  Service service;
  if (absl::GetFlag(FLAGS_arena)) {
    service.SetMessageAllocatorFor_Get(&allocator);
  }

  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const bench::Started started = bench::Start(builder);
  bench::ServeUntil(stop, started);
}
