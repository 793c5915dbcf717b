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
ABSL_FLAG(std::int32_t, max_calls, 64,
          "concurrent calls, apart from watches; more fail with"
          " RESOURCE_EXHAUSTED; streams leave a quarter to other calls");
ABSL_FLAG(std::int32_t, max_watches, 10'000,
          "concurrent watches; more fail with RESOURCE_EXHAUSTED");
ABSL_FLAG(std::int32_t, history, 100'000,
          "changes kept for watchers that fall behind or reconnect");
ABSL_FLAG(std::string, tls_cert, "",
          "PEM file with the server's certificate; without it, no TLS");
ABSL_FLAG(std::string, tls_key, "", "PEM file with the certificate's key");
ABSL_FLAG(std::string, client_ca, "",
          "PEM file with the CA of client certificates; without it, clients"
          " need none");
ABSL_FLAG(std::string, token_file, "",
          "lines of USER TOKEN reader or USER TOKEN writer, reloaded at"
          " SIGHUP; without it, anyone may call");
ABSL_FLAG(std::string, data, "",
          "folder that keeps the entries, created if it is absent; without it,"
          " they are only in memory");
ABSL_FLAG(std::string, upstream, "",
          "HOST:PORT of another server, which answers Get, List and Watch");
ABSL_FLAG(std::string, upstream_ca, "",
          "PEM file with the CA that signed its certificate; without it, no"
          " TLS");
ABSL_FLAG(std::string, upstream_token_file, "",
          "file with this server's own token there");
ABSL_FLAG(bool, log_calls, false, "log a line on stderr for each call");

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
  options.max_watches = absl::GetFlag(FLAGS_max_watches);
  if (options.max_watches < 1) {
    return absl::InvalidArgumentError("--max_watches must be at least 1");
  }
  options.history = absl::GetFlag(FLAGS_history);
  if (options.history < 1) {
    return absl::InvalidArgumentError("--history must be at least 1");
  }
  options.grace = absl::GetFlag(FLAGS_grace);
  if (options.grace < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("--grace must not be negative");
  }
  options.tls_cert = absl::GetFlag(FLAGS_tls_cert);
  options.tls_key = absl::GetFlag(FLAGS_tls_key);
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return absl::InvalidArgumentError(
        "--tls_cert and --tls_key must be given together");
  }
  options.client_ca = absl::GetFlag(FLAGS_client_ca);
  if (!options.client_ca.empty() && options.tls_cert.empty()) {
    return absl::InvalidArgumentError("--client_ca needs --tls_cert");
  }
  options.token_file = absl::GetFlag(FLAGS_token_file);
  if (!options.token_file.empty() && options.tls_cert.empty()) {
    return absl::InvalidArgumentError(
        "--token_file needs --tls_cert: tokens are only sent over TLS");
  }
  options.upstream = absl::GetFlag(FLAGS_upstream);
  options.data = absl::GetFlag(FLAGS_data);
  if (!options.data.empty() && !options.upstream.empty()) {
    return absl::InvalidArgumentError(
        "--data and --upstream can't be given together: the other server has"
        " the entries");
  }
  options.upstream_ca = absl::GetFlag(FLAGS_upstream_ca);
  if (!options.upstream_ca.empty() && options.upstream.empty()) {
    return absl::InvalidArgumentError("--upstream_ca needs --upstream");
  }
  options.upstream_token_file = absl::GetFlag(FLAGS_upstream_token_file);
  if (!options.upstream_token_file.empty() && options.upstream_ca.empty()) {
    return absl::InvalidArgumentError(
        "--upstream_token_file needs --upstream_ca: tokens are only sent over"
        " TLS");
  }
  options.log_calls = absl::GetFlag(FLAGS_log_calls);
  return options;
}

}  // namespace kv
