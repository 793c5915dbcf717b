// The rpc with a stream in each direction.
#include <thread>

#include "answers.h"
#include "hint.h"
#include "messages.h"
#include "service.h"
#include "user.h"

namespace kv {

// [answer]
// An operation is what the unary rpc of that name does. Its failure is no
// failure of the call.
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
      status = Invalid("operation: must be set");
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
  if (grpc::Status bad = CheckUser(*context); !bad.ok()) return bad;
  Answers answers;
  // One thread may read while another one writes; never two of a kind.
  std::thread writing([&] {
    bool first = true;
    bool more = false;
    while (const auto answer = answers.Pop(more)) {
      if (!stream->Write(*answer, Hint(first, !more))) break;
      first = false;
    }
    answers.Close();  // if a Write failed: nobody takes the rest
  });
  v1::PipelineRequest request;
  while (stream->Read(&request) && answers.Push(Answer(context, request))) {
  }
  answers.Close();  // what waits is still written
  writing.join();
  return context->IsCancelled() ? grpc::Status::CANCELLED : grpc::Status::OK;
}
// [pipeline]

}  // namespace kv
