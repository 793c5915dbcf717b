#include "client/options.h"

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "HOST:PORT of the server");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(5),
          "how long a call may take before it ends with DEADLINE_EXCEEDED");
ABSL_FLAG(bool, wait_for_ready, false,
          "wait until the server can be reached, at most for --timeout");

namespace kv {

absl::StatusOr<ClientOptions> ParseClientOptions(int argc, char** argv) {
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  ClientOptions options;
  options.words.assign(words.begin() + 1, words.end());
  options.target = absl::GetFlag(FLAGS_target);
  options.wait_for_ready = absl::GetFlag(FLAGS_wait_for_ready);
  options.timeout = absl::GetFlag(FLAGS_timeout);
  if (options.timeout <= absl::ZeroDuration() ||
      options.timeout == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        "--timeout must be greater than 0 and not infinite");
  }
  return options;
}

}  // namespace kv
