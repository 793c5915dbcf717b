// A server with gRPC's completion queues: one thread per queue handles all its
// calls, and each call is a state machine. The server implements the unary rpcs
// and List, and answers the other rpcs with UNIMPLEMENTED.
//
//   completion_queue --listen=127.0.0.1:0 [--queues=1]
#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <optional>

#include "absl/flags/parse.h"
#include "common.h"
#include "kv/v1/kv.grpc.pb.h"
#include "queue.h"

namespace {

using kv::v1::KeyValueService;

// Not AsyncService: its rpcs that the server does not request never answer.
using Service =
    KeyValueService::WithAsyncMethod_Get<KeyValueService::WithAsyncMethod_Put<
        KeyValueService::WithAsyncMethod_Delete<
            KeyValueService::WithAsyncMethod_List<KeyValueService::Service>>>>;

using GetCall =
    bench::UnaryCall<Service, kv::v1::GetRequest, kv::v1::GetResponse,
                     &Service::RequestGet, &bench::Get>;
using PutCall =
    bench::UnaryCall<Service, kv::v1::PutRequest, kv::v1::PutResponse,
                     &Service::RequestPut, &bench::Put>;
using DeleteCall =
    bench::UnaryCall<Service, kv::v1::DeleteRequest, kv::v1::DeleteResponse,
                     &Service::RequestDelete, &bench::Delete>;

// [list]
class ListCall final : public bench::Call {
 public:
  ListCall(Service& service, kv::Store& store, bench::Queue& queue)
      : Call(queue), service_(service), store_(store) {
    Await();
  }

  void Proceed(bool ok) override {
    switch (state_) {
      case State::kAwaiting:
        if (ok) {
          Begin();
        } else {
          delete this;
        }
        break;
      case State::kWriting:
        if (ok) {
          Next();
        } else {
          Finish(grpc::Status::CANCELLED);
        }
        break;
      case State::kFinishing:
        Await();
        break;
    }
  }

 private:
  // The operation that is in progress. Proceed() is called when it is done.
  enum class State { kAwaiting, kWriting, kFinishing };

  void Await() {
    state_ = State::kAwaiting;
    entries_.clear();
    request_.Clear();
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    service_.RequestList(&*context_, &request_, &*writer_, queue(), queue(),
                         this);
  }

  void Begin() {
    next_ = 0;
    const grpc::Status status = bench::List(store_, request_, entries_);
    if (status.ok()) {
      Next();
    } else {
      Finish(status);
    }
  }

  void Next() {
    if (next_ == entries_.size()) {
      Finish(grpc::Status::OK);
      return;
    }
    state_ = State::kWriting;
    writer_->Write(bench::ToResponse(*entries_[next_++]), this);
  }

  void Finish(const grpc::Status& status) {
    state_ = State::kFinishing;
    writer_->Finish(status, this);
  }

  Service& service_;
  kv::Store& store_;
  State state_ = State::kAwaiting;
  kv::v1::ListRequest request_;
  bench::Entries entries_;
  std::size_t next_ = 0;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncWriter<kv::v1::ListResponse>> writer_;
};
// [list]

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const kv::StopSignal stop;
  kv::Store store;
  Service service;

  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  bench::ServeQueues(builder, stop, [&](bench::Queue& queue) {
    new GetCall(service, store, queue);
    new PutCall(service, store, queue);
    new DeleteCall(service, store, queue);
    new ListCall(service, store, queue);
  });
}
