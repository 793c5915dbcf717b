// A stream in each direction.
#include <thread>

#include "auth/require_user.h"
#include "service/response_queue.h"
#include "service/service.h"

namespace kv {

// [answer]
// Calls the handler of the operation's unary rpc. If it fails, the answer holds
// the error and the call continues.
v1::PipelineResponse KeyValueServiceImpl::Answer(
    grpc::ServerContext* context, const v1::PipelineRequest& request) {
  v1::PipelineResponse answer;
  answer.set_id(request.id());
  grpc::Status status;
  switch (request.operation_case()) {
    case v1::PipelineRequest::kGetRequest:
      status =
          Get(context, &request.get_request(), answer.mutable_get_response());
      break;
    case v1::PipelineRequest::kPutRequest:
      status =
          Put(context, &request.put_request(), answer.mutable_put_response());
      break;
    case v1::PipelineRequest::kDeleteRequest:
      status = Delete(context, &request.delete_request(),
                      answer.mutable_delete_response());
      break;
    case v1::PipelineRequest::OPERATION_NOT_SET:
      status = {grpc::StatusCode::INVALID_ARGUMENT, "operation: must be set"};
  }
  if (!status.ok()) {
    answer.clear_result();
    answer.set_code(status.error_code());
    answer.set_message(status.error_message());
  }
  return answer;
}
// [answer]

// [pipeline]
grpc::Status KeyValueServiceImpl::Pipeline(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::PipelineResponse, v1::PipelineRequest>*
        stream) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  ResponseQueue answers;
  // One thread may read while another writes, but two must not do the same.
  std::thread writing([&] {
    while (const auto answer = answers.Pop()) {
      if (!stream->Write(*answer)) break;
    }
    answers.Close();  // needed if Write failed: nobody reads the rest
  });
  v1::PipelineRequest request;
  while (stream->Read(&request) && answers.Push(Answer(context, request))) {
  }
  answers.Close();  // answers that are in the queue are still sent
  writing.join();
  return context->IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK;
}
// [pipeline]

}  // namespace kv
