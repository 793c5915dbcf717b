// The command import: sends entries and prints one summary.
#include <iostream>

#include "client/command.h"
#include "client/json_lines.h"

namespace kv {

// [import]
// The server stores the entries only after the client has half-closed. So
// invalid or unreadable input cancels the call.
grpc::Status Import(const Call& call) {
  JsonLines lines(call.words.empty() ? "-" : call.words[0], call.cancelled);
  v1::ImportResponse response;  // filled in by Finish
  const auto writer = call.stub.Import(&call.context, &response);
  v1::ImportRequest request;
  bool open = true;  // Write returns false when the call is over
  while (open && lines.Next(request, call.context.deadline())) {
    open = writer->Write(request);
  }
  // The half-close tells the server that all was sent. It then stores it.
  if (lines.complete()) writer->WritesDone();
  call.input_error = lines.error();
  if (!lines.error().empty()) call.context.TryCancel();
  grpc::Status status = writer->Finish();
  if (status.ok()) {
    std::cout << "imported " << response.imported_count() << " (revision "
              << response.revision() << ")\n";
  }
  return status;
}
// [import]

}  // namespace kv
