// One request, one response: answered before the function returns.
#include "service/admit.h"
#include "service/service.h"

namespace kv {
namespace {

// [run]
// Runs an operation and sends its result. The default reactor belongs to the
// context and does nothing but Finish().
template <class Request, class Response>
grpc::ServerUnaryReactor* Run(
    Operations& operations, Budget& calls, grpc::CallbackServerContext& context,
    const Request& request, Response& response,
    grpc::Status (Operations::*operation)(const grpc::CallbackServerContext&,
                                          const Request&, Response&)) {
  Budget::Share place(calls);
  grpc::Status status = Admit(context, place, "calls");
  if (status.ok()) status = (operations.*operation)(context, request, response);
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  reactor->Finish(std::move(status));
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
