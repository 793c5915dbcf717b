// The command pipeline: sends operations and prints answers concurrently.
#include <atomic>
#include <iostream>
#include <thread>

#include "client/command.h"
#include "client/json_lines.h"
#include "client/text.h"

namespace kv {

// [pipeline]
// Sending stops at invalid or unreadable input. The server still executes and
// answers the operations that were sent before.
grpc::Status Pipeline(const Call& call) {
  std::atomic<bool> over = false;
  JsonLines lines(call.words.empty() ? "-" : call.words[0], over);
  const auto stream = call.stub.Pipeline(&call.context);
  // Writes while this thread reads. A single thread could block in Write()
  // forever, because the server stops reading until its answers are read.
  std::thread writing([&] {
    v1::PipelineRequest request;
    bool open = true;
    while (open && lines.Next(request, call.context.deadline())) {
      open = stream->Write(request);
    }
    // After the half-close, the server answers the rest and ends the call. At
    // a deadline don't: the call could end with OK though input was left.
    if (lines.complete() || !lines.error().empty()) stream->WritesDone();
  });
  v1::PipelineResponse answer;
  while (stream->Read(&answer)) {
    std::cout << answer.id() << ": " << Text(answer) << "\n" << std::flush;
    if (!std::cout) call.context.TryCancel();
  }
  over = true;  // no more answers: stop waiting for input
  writing.join();
  call.input_error = lines.error();
  return stream->Finish();
}
// [pipeline]

}  // namespace kv
