// Completion queues: a thread takes events from its queue, and each call is a
// state machine that an event moves on.
//
//   using GetCall = bench::UnaryCall<Service, GetRequest, GetResponse,
//                                    &Service::RequestGet, &bench::Get>;
//   bench::ServeQueues(builder, stop, [&](bench::Queue& queue) {
//     new GetCall(service, store, queue);
//   });
#ifndef BENCH_SERVERS_QUEUE_H_
#define BENCH_SERVERS_QUEUE_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <optional>

#include "base/stop_signal.h"
#include "store/store.h"

namespace bench {

// A queue and its state. Only the queue's thread may use it.
struct Queue {
  grpc::ServerCompletionQueue* queue;
  int calls = 0;  // the Call objects that exist, waiting for a client or not
};

// A call, and the tag of its operations, of which only one is in progress at a
// time. It serves one client after another on its queue, and deletes itself
// when the server stops. Create it with `new`.
class Call {
 public:
  explicit Call(Queue& queue) : queue_(queue) { ++queue_.calls; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() { --queue_.calls; }

  // Called when the current operation is done. `ok` says whether it succeeded.
  // If the operation was to wait for a client, false means that the server
  // stops.
  virtual void Proceed(bool ok) = 0;

 protected:
  grpc::ServerCompletionQueue* queue() const { return queue_.queue; }

 private:
  Queue& queue_;
};

// [unary]
// A unary call. kRequest is the service's function that waits for a client, and
// kAnswer the function that computes the response.
template <class Service, class Request, class Response, auto kRequest,
          auto kAnswer>
class UnaryCall final : public Call {
 public:
  UnaryCall(Service& service, kv::Store& store, Queue& queue)
      : Call(queue), service_(service), store_(store) {
    Await();
  }

  void Proceed(bool ok) override {
    if (answered_) {
      Await();
    } else if (!ok) {
      delete this;
    } else {
      answered_ = true;
      Response response;
      const grpc::Status status = kAnswer(store_, request_, response);
      writer_->Finish(response, status, this);
    }
  }

 private:
  // Waits for the next client, with a new context and a new writer, because
  // gRPC allows each of them to serve only one call.
  void Await() {
    answered_ = false;
    request_.Clear();
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    (service_.*kRequest)(&*context_, &request_, &*writer_, queue(), queue(),
                         this);
  }

  Service& service_;
  kv::Store& store_;
  bool answered_ = false;
  Request request_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<Response>> writer_;
};
// [unary]

// Serves with --queues queues until the signal. `make_calls` creates one Call
// for each rpc. Each queue's thread calls it --calls_at_once times, which is
// the number of calls of one rpc that a queue can serve concurrently; further
// clients wait.
void ServeQueues(grpc::ServerBuilder& builder, const kv::StopSignal& stop,
                 const std::function<void(Queue&)>& make_calls);

}  // namespace bench

#endif  // BENCH_SERVERS_QUEUE_H_
