// What the two halves of the wrong client share.
#ifndef WRONG_CLIENT_H_
#define WRONG_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/time/time.h"

ABSL_DECLARE_FLAG(std::string, target);
ABSL_DECLARE_FLAG(absl::Duration, timeout);

namespace wrong {

/// Tells how a call ended.
/// @return the exit status.
int Tell(const grpc::Status& status);

/// Runs a command that is a stream, and tells.
/// @param words list, watch, import or pipeline, and what follows.
/// @return the exit status.
int RunStream(const std::vector<std::string>& words);

}  // namespace wrong

#endif  // WRONG_CLIENT_H_
