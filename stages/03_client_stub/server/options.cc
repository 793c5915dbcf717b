#include "server/options.h"

#include <cstdint>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "HOST:PORT to listen on; port 0 picks a free port");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(5),
          "how long running calls may continue after SIGINT or SIGTERM");
ABSL_FLAG(
    std::int32_t, max_calls, 64,
    "concurrent calls, one thread each; more fail with RESOURCE_EXHAUSTED");

namespace kv {

absl::StatusOr<ServerOptions> ParseServerOptions(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "a key-value store: server [--listen=HOST:PORT]");
  const auto words = absl::ParseCommandLine(argc, argv);
  if (words.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument \"", words[1], "\""));
  }
  ServerOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.max_calls = absl::GetFlag(FLAGS_max_calls);
  if (options.max_calls < 1) {
    return absl::InvalidArgumentError("--max_calls must be at least 1");
  }
  options.grace = absl::GetFlag(FLAGS_grace);
  if (options.grace < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("--grace must not be negative");
  }
  return options;
}

}  // namespace kv
