#include "client_pipeline.h"

#include <iostream>
#include <thread>

#include "hint.h"
#include "text.h"

namespace kv {

// [pipeline]
grpc::Status Pipeline(v1::KeyValueService::Stub& stub,
                      grpc::ClientContext& context, JsonLines& lines) {
  const auto stream = stub.Pipeline(&context);
  // Writes while this thread reads. One thread for both would write on and on
  // while the answers fill the way back.
  std::thread writing([&] {
    v1::PipelineRequest request;
    bool first = true;
    bool open = true;
    while (open && lines.Next(request, context.deadline())) {
      open = stream->Write(request, Hint(first, !lines.More()));
      first = false;
    }
    // The reads end when all is answered. Not after a deadline: the call would
    // end well, although there was more to do.
    if (lines.complete() || !lines.error().empty()) stream->WritesDone();
  });
  v1::PipelineResponse answer;
  while (stream->Read(&answer)) {
    std::cout << answer.id() << ": " << Text(answer) << "\n" << std::flush;
    if (!std::cout) context.TryCancel();
  }
  lines.Stop();  // no more answers: nothing to write for
  writing.join();
  return stream->Finish();
}
// [pipeline]

}  // namespace kv
