#include "client/options.h"

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"

ABSL_FLAG(
    std::string, target, "127.0.0.1:50051",
    "HOST:PORT of the server; or several: dns:///HOST:PORT for a name with"
    " many addresses, ipv4:IP:PORT,IP:PORT");
ABSL_FLAG(std::string, server_name, "",
          "the name in the servers' certificates, if --target has none");
ABSL_FLAG(
    bool, pick_healthy, true,
    "pick only servers whose health is SERVING; say false if --target is a"
    " proxy, which picks them itself");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(5),
          "how long a call may take before it ends with DEADLINE_EXCEEDED");
ABSL_FLAG(bool, wait_for_ready, false,
          "wait until the server can be reached, at most for --timeout");

ABSL_FLAG(absl::Duration, keepalive_time, absl::Seconds(20),
          "how long the connection is silent before a ping; inf: none");
ABSL_FLAG(absl::Duration, keepalive_timeout, absl::Seconds(5),
          "how long to wait for the answer before the calls fail");

namespace kv {

absl::StatusOr<ClientOptions> ParseClientOptions(int argc, char** argv) {
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  ClientOptions options;
  options.words.assign(words.begin() + 1, words.end());
  options.target = absl::GetFlag(FLAGS_target);
  options.server_name = absl::GetFlag(FLAGS_server_name);
  options.pick_healthy = absl::GetFlag(FLAGS_pick_healthy);
  options.wait_for_ready = absl::GetFlag(FLAGS_wait_for_ready);
  options.timeout = absl::GetFlag(FLAGS_timeout);
  if (options.timeout <= absl::ZeroDuration() ||
      options.timeout == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        "--timeout must be greater than 0 and not infinite");
  }
  options.keepalive_time = absl::GetFlag(FLAGS_keepalive_time);
  if (options.keepalive_time < absl::Seconds(1)) {
    return absl::InvalidArgumentError("--keepalive_time must be at least 1s");
  }
  options.keepalive_timeout = absl::GetFlag(FLAGS_keepalive_timeout);
  if (options.keepalive_timeout < absl::Seconds(1)) {
    return absl::InvalidArgumentError(
        "--keepalive_timeout must be at least 1s");
  }
  return options;
}

}  // namespace kv
