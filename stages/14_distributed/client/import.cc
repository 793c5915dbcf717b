// The command import: sends entries and prints one summary.
#include <iostream>

#include "client/command.h"
#include "client/json_lines.h"
#include "client/retry.h"

namespace kv {
namespace {

// [import]
// The server stores the entries only after the client has half-closed. So
// invalid or unreadable input cancels the call.
grpc::Status Once(const Call& call, grpc::ClientContext& context) {
  JsonLines lines(call.words.empty() ? "-" : call.words[0], call.cancelled);
  v1::ImportResponse response;  // filled in by Finish
  const auto writer = call.stub.Import(&context, &response);
  v1::ImportRequest request;
  bool open = true;  // Write returns false when the call is over
  while (open && lines.Next(request, context.deadline())) {
    open = writer->Write(request);
  }
  // The half-close tells the server that all was sent. It then stores it.
  if (lines.complete()) writer->WritesDone();
  call.input_error = lines.error();
  if (!lines.error().empty()) context.TryCancel();
  grpc::Status status = writer->Finish();
  if (status.ok()) {
    std::cout << "imported " << response.imported_count() << " (revision "
              << response.revision() << ")\n";
  }
  return status;
}
// [import]

}  // namespace

grpc::Status Import(const Call& call) {
  if (!WantsRetry()) return Once(call, call.context);
  if (call.words.empty()) {
    call.input_error =
        "--retry needs FILE: standard input can be read only once";
    return grpc::Status::OK;
  }
  // An import has no condition, so it is repeated only if it was not done.
  return Retry(call, Repeat::kIfNotDone,
               [&call](grpc::ClientContext& context) {
                 return Once(call, context);
               })
      .status;
}

}  // namespace kv
