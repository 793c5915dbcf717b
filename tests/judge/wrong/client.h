// What the parts of the wrong client share.
#ifndef WRONG_CLIENT_H_
#define WRONG_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/time/time.h"

ABSL_DECLARE_FLAG(std::string, target);
ABSL_DECLARE_FLAG(absl::Duration, timeout);
ABSL_DECLARE_FLAG(std::string, ca);

namespace wrong {

/// Reads the files that the flags name.
/// @return whom the client trusts and who it is; nullptr when that can't be
///     had: told.
std::shared_ptr<grpc::ChannelCredentials> Credentials();
/// Adds to a call what its channel does not.
void Prepare(grpc::ClientContext& context);
/// @return what an error tells though it should not; empty without the mistake.
std::string Indiscretion();

/// Tells how a call ended.
/// @return the exit status.
int Tell(const grpc::Status& status);

/// Runs a command that is a stream, and tells.
/// @param channel to the server.
/// @param words list, watch, import or pipeline, and what follows.
/// @return the exit status.
int RunStream(const std::shared_ptr<grpc::Channel>& channel,
              const std::vector<std::string>& words);

}  // namespace wrong

#endif  // WRONG_CLIENT_H_
