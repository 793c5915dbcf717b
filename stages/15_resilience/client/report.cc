#include "client/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "client/text.h"

namespace kv {

// gRPC opens all its files as close-on-exec, some of them before main(). An
// inherited file does not have that flag.
void IgnoreClosedOutput() {
  if (fcntl(STDOUT_FILENO, F_GETFD) != 0) std::cout.setstate(std::ios::badbit);
  if (fcntl(STDERR_FILENO, F_GETFD) != 0) std::cerr.setstate(std::ios::badbit);
}

int Fail(absl::string_view why) {
  std::cerr << "client: " << why << "\n";
  return 1;
}

// [report]
int ReportStatus(const grpc::Status& status) {
  if (!std::cout.flush()) return Fail("cannot write to standard output");
  if (!status.ok()) std::cerr << Text(status) << "\n";
  // An exit status has only 8 bits, so 256 would mean success. A code that gRPC
  // does not define counts as UNKNOWN.
  const bool defined = status.error_code() <= grpc::StatusCode::UNAUTHENTICATED;
  return defined ? status.error_code() : grpc::StatusCode::UNKNOWN;
}
// [report]

}  // namespace kv
