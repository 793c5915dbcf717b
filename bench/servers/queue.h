// Completion queues: a thread asks its queue what has happened, and a call is a
// state machine that goes on from there.
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

// A queue with the one thread that may touch what is here.
struct Queue {
  grpc::ServerCompletionQueue* queue;
  int calls = 0;  // that are there, waiting for a client or running
};

// A call, and the tag of all it does: never more than one thing at a time. It
// is made for its queue, serves one client after the other, and deletes itself
// when the server stops.
class Call {
 public:
  explicit Call(Queue& queue) : queue_(queue) { ++queue_.calls; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() { --queue_.calls; }

  // What it did last is done.
  // @param ok whether it went well. If it waited for a client: false when the
  //     server stops.
  virtual void Proceed(bool ok) = 0;

 protected:
  grpc::ServerCompletionQueue* queue() const { return queue_.queue; }

 private:
  Queue& queue_;
};

// A unary call.
// @tparam kRequest the service's function that waits for a client.
// @tparam kAnswer computes the response.
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
  // A context and a writer serve one client only.
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

// Serves with --queues queues until the signal.
// @param make_calls makes one call of each rpc, on the queue's thread. It is
//     called as often as a queue is to have calls of an rpc at once; one more
//     client waits.
void ServeQueues(grpc::ServerBuilder& builder, const kv::StopSignal& stop,
                 const std::function<void(Queue&)>& make_calls);

}  // namespace bench

#endif  // BENCH_SERVERS_QUEUE_H_
