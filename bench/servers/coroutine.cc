// The server of completion_queue.cc, with coroutines (C++20) in place of state
// machines.
//
//   coroutine_queue --listen=127.0.0.1:0 [--queues=1]
#include "coroutine.h"

#include <grpcpp/grpcpp.h>

#include "absl/flags/parse.h"
#include "common.h"
#include "kv/v1/kv.grpc.pb.h"

namespace {

using kv::v1::KeyValueService;

// Not AsyncService: its rpcs that the server does not request never answer.
using Service =
    KeyValueService::WithAsyncMethod_Get<KeyValueService::WithAsyncMethod_Put<
        KeyValueService::WithAsyncMethod_Delete<
            KeyValueService::WithAsyncMethod_List<KeyValueService::Service>>>>;

// [unary]
// Serves one client after another, until the server stops.
template <class Request, class Response, auto kRequest, auto kAnswer>
bench::Task Unary(Service& service, kv::Store& store, bench::Queue& queue) {
  for (;;) {
    grpc::ServerContext context;
    Request request;
    grpc::ServerAsyncResponseWriter<Response> writer(&context);
    const bool called = co_await bench::Operation(queue, [&](void* tag) {
      (service.*kRequest)(&context, &request, &writer, queue.queue, queue.queue,
                          tag);
    });
    if (!called) co_return;
    Response response;
    const grpc::Status status = kAnswer(store, request, response);
    co_await bench::Operation(
        queue, [&](void* tag) { writer.Finish(response, status, tag); });
  }
}
// [unary]

// [list]
bench::Task List(Service& service, kv::Store& store, bench::Queue& queue) {
  for (;;) {
    grpc::ServerContext context;
    kv::v1::ListRequest request;
    grpc::ServerAsyncWriter<kv::v1::ListResponse> writer(&context);
    const bool called = co_await bench::Operation(queue, [&](void* tag) {
      service.RequestList(&context, &request, &writer, queue.queue, queue.queue,
                          tag);
    });
    if (!called) co_return;
    bench::Entries entries;
    grpc::Status status = bench::List(store, request, entries);
    for (const auto& entry : entries) {
      const bool written = co_await bench::Operation(queue, [&](void* tag) {
        writer.Write(bench::ToResponse(*entry), tag);
      });
      if (written) continue;
      status = grpc::Status::CANCELLED;
      break;
    }
    co_await bench::Operation(queue,
                              [&](void* tag) { writer.Finish(status, tag); });
  }
}
// [list]

}  // namespace

int main(int argc, char** argv) {
  using namespace kv::v1;  // NOLINT(google-build-using-namespace)
  absl::ParseCommandLine(argc, argv);
  const kv::StopSignal stop;
  kv::Store store;
  Service service;

  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  bench::ServeQueues(builder, stop, [&](bench::Queue& queue) {
    Unary<GetRequest, GetResponse, &Service::RequestGet, &bench::Get>(
        service, store, queue);
    Unary<PutRequest, PutResponse, &Service::RequestPut, &bench::Put>(
        service, store, queue);
    Unary<DeleteRequest, DeleteResponse, &Service::RequestDelete,
          &bench::Delete>(service, store, queue);
    List(service, store, queue);
  });
}
