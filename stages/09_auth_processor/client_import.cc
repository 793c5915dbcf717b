#include "client_import.h"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <iostream>

#include "hint.h"

namespace kv {
namespace {

// A count on stderr, redrawn in place ten times a second, and gone at the end.
class Progress final {
 public:
  void Show(std::int64_t count) {
    using std::chrono::steady_clock;
    if (!terminal_ || steady_clock::now() < next_) return;
    next_ = steady_clock::now() + std::chrono::milliseconds(100);
    std::cerr << "\r" << count << " entries sent" << std::flush;
  }
  ~Progress() {
    if (terminal_) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace

// [import]
grpc::Status Import(v1::KeyValueService::Stub& stub,
                    grpc::ClientContext& context, JsonLines& lines) {
  v1::ImportResponse response;  // filled in by Finish
  const auto writer = stub.Import(&context, &response);
  v1::ImportRequest request;
  Progress progress;
  bool open = true;
  std::int64_t count = 0;
  while (open && lines.Next(request, context.deadline())) {
    // False: the call is over already.
    open = writer->Write(request, Hint(count == 0, !lines.More()));
    progress.Show(++count);
  }
  // The half-close says that this was all: the server then stores what it has.
  if (lines.complete()) writer->WritesDone();
  if (!lines.error().empty()) context.TryCancel();
  grpc::Status status = writer->Finish();
  if (status.ok()) {
    std::cout << "imported " << response.imported_count() << " (revision "
              << response.revision() << ")\n";
  }
  return status;
}
// [import]

}  // namespace kv
