// One request, one response. A read is answered before the function returns, a
// write when it is durable.
#include "service/admit.h"
#include "service/service.h"

namespace kv {
namespace {

// [run]
// Begins a write and returns. The default reactor belongs to the context and
// does nothing but Finish(), which may come from any thread.
template <class Request, class Response>
grpc::ServerUnaryReactor* Run(
    Operations& operations, Budget& calls, grpc::CallbackServerContext& context,
    const Request& request, Response& response,
    void (Operations::*write)(const grpc::CallbackServerContext&,
                              const Request&, Response&, Finished)) {
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  auto place = std::make_shared<Budget::Share>(calls);
  if (grpc::Status bad = Admit(context, *place, "calls"); !bad.ok()) {
    reactor->Finish(std::move(bad));
  } else {
    (operations.*write)(context, request, response,
                        [reactor, place](grpc::Status status) mutable {
                          place.reset();  // before the service may be gone
                          reactor->Finish(std::move(status));
                        });
  }
  return reactor;
}
// [run]

}  // namespace

// [get]
grpc::ServerUnaryReactor* KeyValueServiceImpl::Get(
    grpc::CallbackServerContext* context, const v1::GetRequest* request,
    v1::GetResponse* response) {
  Budget::Share place(calls_);
  grpc::Status status = Admit(*context, place, "calls");
  if (status.ok()) status = operations_.Get(*context, *request, *response);
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(std::move(status));
  return reactor;
}
// [get]

grpc::ServerUnaryReactor* KeyValueServiceImpl::Put(
    grpc::CallbackServerContext* context, const v1::PutRequest* request,
    v1::PutResponse* response) {
  return Run(operations_, calls_, *context, *request, *response,
             &Operations::Put);
}

grpc::ServerUnaryReactor* KeyValueServiceImpl::Delete(
    grpc::CallbackServerContext* context, const v1::DeleteRequest* request,
    v1::DeleteResponse* response) {
  return Run(operations_, calls_, *context, *request, *response,
             &Operations::Delete);
}

}  // namespace kv
