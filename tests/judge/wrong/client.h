// Functions that the parts of the wrong client share.
#ifndef WRONG_CLIENT_H_
#define WRONG_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/time/time.h"

ABSL_DECLARE_FLAG(std::string, target);
ABSL_DECLARE_FLAG(absl::Duration, timeout);
ABSL_DECLARE_FLAG(std::string, ca);
ABSL_DECLARE_FLAG(bool, retry);

namespace wrong {

/// Channel credentials from the files that the flags name: the CA that the
/// client trusts, and its certificate and token. If a file can't be read, it
/// prints an error and returns nullptr.
std::shared_ptr<grpc::ChannelCredentials> Credentials();
/// The channel to --target, as --service_config says. If that is invalid, it
/// prints an error and returns nullptr.
std::shared_ptr<grpc::Channel> NewChannel(
    const std::shared_ptr<grpc::ChannelCredentials>& credentials);
/// Adds to a call the metadata that its channel does not add.
void Prepare(grpc::ClientContext& context);
/// Text that an error message leaks; empty without that mistake.
std::string Indiscretion();

/// What the client prints of an error's details.
std::string DetailsText(const grpc::Status& status);

/// The delay of a RetryInfo in milliseconds; -1 if there is none.
std::int64_t RetryMilliseconds(const grpc::Status& status);

/// Whether a call that reads is repeated after this status.
bool Repeats(const grpc::Status& status);

/// Makes a call, and with --retry again after an error after which that is
/// safe. Sets `lost` if an attempt may have been done.
grpc::Status Retry(const std::function<grpc::Status()>& call, bool conditional,
                   bool& lost);

/// Prints how a call ended if it failed, and returns the exit status.
int Tell(const grpc::Status& status);

/// Runs list, watch, import or pipeline, prints its result, and returns the
/// exit status.
int RunStream(const std::shared_ptr<grpc::Channel>& channel,
              const std::vector<std::string>& words);

}  // namespace wrong

#endif  // WRONG_CLIENT_H_
