// How the client ends: one line on stderr for an error, and an exit status.
#ifndef CLIENT_REPORT_H_
#define CLIENT_REPORT_H_

#include <grpcpp/support/status.h>

#include "absl/strings/string_view.h"

namespace kv {

/// Disables std::cout or std::cerr if the shell has closed it (`>&-`): a file
/// that gRPC opens could get its descriptor, and our output. Call it first in
/// main().
void IgnoreClosedOutput();

/// Prints an error of the client itself and returns exit status 1.
int Fail(absl::string_view why);

/// Prints a status that is not OK and returns its code as the exit status. If
/// the results could not be written, fails even if the call is OK.
int ReportStatus(const grpc::Status& status);

}  // namespace kv

#endif  // CLIENT_REPORT_H_
