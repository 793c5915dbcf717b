// How the client ends: one line on stderr for an error, and an exit status.
#ifndef CLIENT_REPORT_H_
#define CLIENT_REPORT_H_

#include <grpcpp/support/status.h>

#include "absl/strings/string_view.h"

namespace kv {

/// Call it first in main(). A shell may close standard files (`>&-`). Their
/// numbers then belong to what gRPC opens, and nothing must be printed there.
void IgnoreClosedOutput();

/// The client itself failed: prints why and returns exit status 1.
int Fail(absl::string_view why);

/// Prints a status that is not OK and returns its number as the exit status. If
/// the results could not be written, that is an error even if the call is OK.
int ReportStatus(const grpc::Status& status);

}  // namespace kv

#endif  // CLIENT_REPORT_H_
