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
    bool open = true;
    for (bool first = true; open && lines.Next(request); first = false) {
      open = stream->Write(request, Hint(first, !lines.More()));
    }
    if (open) stream->WritesDone();  // the reads end when all is answered
  });
  v1::PipelineResponse answer;
  while (stream->Read(&answer)) {
    std::cout << answer.id() << ": " << Text(answer) << "\n" << std::flush;
  }
  lines.Stop();  // no more answers: nothing to write for
  writing.join();
  return stream->Finish();
}
// [pipeline]

}  // namespace kv
