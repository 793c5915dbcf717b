// One request, one response. A write is answered when it is durable, and a read
// when the store is current; often that is before the function returns.
#include "service/admit.h"
#include "service/service.h"

namespace kv {
namespace {

// [run]
// Begins an operation and returns. The default reactor belongs to the context
// and does nothing but Finish(), which may come from any thread.
template <class Request, class Response>
grpc::ServerUnaryReactor* Run(
    Operations& operations, Budget& calls, grpc::CallbackServerContext& context,
    const Request& request, Response& response,
    void (Operations::*operation)(const grpc::CallbackServerContext&,
                                  const Request&, Response&, Finished)) {
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  auto place = std::make_shared<Budget::Share>(calls);
  if (grpc::Status bad = Admit(context, *place, "calls"); !bad.ok()) {
    reactor->Finish(std::move(bad));
  } else {
    (operations.*operation)(context, request, response,
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
  return Run(operations_, calls_, *context, *request, *response,
             &Operations::Get);
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
