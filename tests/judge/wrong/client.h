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

/// Whom the client trusts and who it is, from the files that the flags name;
/// nullptr when they can't be read, which is told.
std::shared_ptr<grpc::ChannelCredentials> Credentials();
/// Adds to a call what its channel does not.
void Prepare(grpc::ClientContext& context);
/// What an error tells though it should not; empty without the mistake.
std::string Indiscretion();

/// Tells how a call ended, and gives the exit status.
int Tell(const grpc::Status& status);

/// Runs list, watch, import or pipeline, tells, and gives the exit status.
int RunStream(const std::shared_ptr<grpc::Channel>& channel,
              const std::vector<std::string>& words);

}  // namespace wrong

#endif  // WRONG_CLIENT_H_
