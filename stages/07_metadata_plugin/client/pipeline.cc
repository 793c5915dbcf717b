// pipeline: sends operations and prints the answers at the same time.
#include <atomic>
#include <iostream>
#include <thread>

#include "client/command.h"
#include "client/json_lines.h"
#include "client/text.h"

namespace kv {

// [pipeline]
// A broken line, or input that can't be read, ends the sending. Operations that
// were sent before are done and answered.
grpc::Status Pipeline(const Call& call) {
  std::atomic<bool> over = false;
  JsonLines lines(call.words.empty() ? "-" : call.words[0], over);
  const auto stream = call.stub.Pipeline(&call.context);
  // Writes while this thread reads. A single thread would keep writing while
  // the answers fill the way back.
  std::thread writing([&] {
    v1::PipelineRequest request;
    bool open = true;
    while (open && lines.Next(request, call.context.deadline())) {
      open = stream->Write(request);
    }
    // The server ends the call when all is answered. Not after a deadline: the
    // call would end with OK although there was more to do.
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
