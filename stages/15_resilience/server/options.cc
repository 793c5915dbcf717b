#include "server/options.h"

#include <cstdint>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "HOST:PORT to listen on; port 0 picks a free port");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(5),
          "how long running calls may continue after SIGINT or SIGTERM");
ABSL_FLAG(absl::Duration, drain, absl::ZeroDuration(),
          "how long to serve calls after SIGINT or SIGTERM while health says"
          " NOT_SERVING, so that load balancers notice; a second signal ends"
          " the wait");
ABSL_FLAG(absl::Duration, keepalive_time, absl::Minutes(1),
          "how long a connection is silent before the server pings the client");
ABSL_FLAG(absl::Duration, keepalive_timeout, absl::Seconds(20),
          "how long it waits for the answer before it closes the connection");
ABSL_FLAG(std::string, metrics, "",
          "HOST:PORT where Prometheus finds metrics; anyone who can reach it"
          " can read them; without it, there are none");
ABSL_FLAG(bool, reflection, false, "let callers list the services");
ABSL_FLAG(bool, channelz, false, "let writers list connections and calls");
ABSL_FLAG(std::int32_t, max_calls, 64,
          "concurrent calls, apart from watches; more fail with"
          " RESOURCE_EXHAUSTED; streams leave a quarter to other calls");
ABSL_FLAG(std::int32_t, max_watches, 10'000,
          "concurrent watches; more fail with RESOURCE_EXHAUSTED");
ABSL_FLAG(std::int32_t, max_calls_per_user, 0,
          "concurrent calls of one user, apart from watches; 0: no limit");
ABSL_FLAG(std::int32_t, max_watches_per_user, 0,
          "concurrent watches of one user; 0: no limit");
ABSL_FLAG(std::int64_t, max_import_bytes, 256 << 20,
          "memory that all running imports may hold together");
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
ABSL_FLAG(std::string, etcd, "",
          "HOST:PORT,HOST:PORT,... of an etcd cluster that keeps the entries;"
          " all servers on it are one store");
ABSL_FLAG(std::string, etcd_prefix, "kv/",
          "what the store's keys in etcd begin with");
ABSL_FLAG(std::string, etcd_ca, "",
          "PEM file with the CA that signed etcd's certificates; without it, no"
          " TLS");
ABSL_FLAG(std::string, etcd_cert, "",
          "PEM file with this server's certificate for etcd");
ABSL_FLAG(std::string, etcd_key, "", "PEM file with the certificate's key");
ABSL_FLAG(std::string, etcd_user_file, "", "file with USER:PASSWORD for etcd");
ABSL_FLAG(bool, stale_reads, false,
          "with --etcd, answer Get and List without asking etcd: faster, and"
          " other servers may know more");
ABSL_FLAG(std::string, upstream, "",
          "HOST:PORT of another server, which answers Get, List and Watch");
ABSL_FLAG(std::string, upstream_ca, "",
          "PEM file with the CA that signed its certificate; without it, no"
          " TLS");
ABSL_FLAG(std::string, upstream_token_file, "",
          "file with this server's own token there");
ABSL_FLAG(bool, log_calls, false, "log a line of JSON on stderr for each call");
ABSL_FLAG(std::int32_t, log_sample, 1,
          "log only one of so many calls that end with OK");

namespace kv {
namespace {

ServerOptions ReadFlags() {
  ServerOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.max_calls = absl::GetFlag(FLAGS_max_calls);
  options.max_watches = absl::GetFlag(FLAGS_max_watches);
  options.max_calls_per_user = absl::GetFlag(FLAGS_max_calls_per_user);
  options.max_watches_per_user = absl::GetFlag(FLAGS_max_watches_per_user);
  options.max_import_bytes = absl::GetFlag(FLAGS_max_import_bytes);
  options.history = absl::GetFlag(FLAGS_history);
  options.grace = absl::GetFlag(FLAGS_grace);
  options.drain = absl::GetFlag(FLAGS_drain);
  options.keepalive_time = absl::GetFlag(FLAGS_keepalive_time);
  options.keepalive_timeout = absl::GetFlag(FLAGS_keepalive_timeout);
  options.metrics = absl::GetFlag(FLAGS_metrics);
  options.reflection = absl::GetFlag(FLAGS_reflection);
  options.channelz = absl::GetFlag(FLAGS_channelz);
  options.tls_cert = absl::GetFlag(FLAGS_tls_cert);
  options.tls_key = absl::GetFlag(FLAGS_tls_key);
  options.client_ca = absl::GetFlag(FLAGS_client_ca);
  options.token_file = absl::GetFlag(FLAGS_token_file);
  options.data = absl::GetFlag(FLAGS_data);
  options.etcd.members = absl::GetFlag(FLAGS_etcd);
  options.etcd.ca = absl::GetFlag(FLAGS_etcd_ca);
  options.etcd.cert = absl::GetFlag(FLAGS_etcd_cert);
  options.etcd.key = absl::GetFlag(FLAGS_etcd_key);
  options.etcd.user_file = absl::GetFlag(FLAGS_etcd_user_file);
  options.etcd_prefix = absl::GetFlag(FLAGS_etcd_prefix);
  options.reads =
      absl::GetFlag(FLAGS_stale_reads) ? Reads::kStale : Reads::kLinearizable;
  options.upstream = absl::GetFlag(FLAGS_upstream);
  options.upstream_ca = absl::GetFlag(FLAGS_upstream_ca);
  options.upstream_token_file = absl::GetFlag(FLAGS_upstream_token_file);
  options.log_calls = absl::GetFlag(FLAGS_log_calls);
  options.log_sample = absl::GetFlag(FLAGS_log_sample);
  return options;
}

// [check]
// The first rule that the options break, or an empty string.
std::string BrokenRule(const ServerOptions& o) {
  const absl::Duration zero = absl::ZeroDuration();
  const absl::Duration second = absl::Seconds(1);
  const std::pair<bool, const char*> rules[] = {
      {o.max_calls >= 1, "--max_calls must be at least 1"},
      {o.max_watches >= 1, "--max_watches must be at least 1"},
      {o.max_calls_per_user >= 0, "--max_calls_per_user must not be negative"},
      {o.max_watches_per_user >= 0,
       "--max_watches_per_user must not be negative"},
      {o.max_import_bytes >= 1, "--max_import_bytes must be at least 1"},
      {o.history >= 1, "--history must be at least 1"},
      {o.grace >= zero, "--grace must not be negative"},
      {o.drain >= zero, "--drain must not be negative"},
      {o.keepalive_time >= second, "--keepalive_time must be at least 1s"},
      {o.keepalive_timeout >= second,
       "--keepalive_timeout must be at least 1s"},
      {o.log_sample >= 1, "--log_sample must be at least 1"},
      {o.tls_cert.empty() == o.tls_key.empty(),
       "--tls_cert and --tls_key must be given together"},
      {o.client_ca.empty() || !o.tls_cert.empty(),
       "--client_ca needs --tls_cert"},
      {o.token_file.empty() || !o.tls_cert.empty(),
       "--token_file needs --tls_cert: tokens are only sent over TLS"},
      {(o.data.empty() || o.etcd.members.empty()) &&
           (o.data.empty() || o.upstream.empty()) &&
           (o.etcd.members.empty() || o.upstream.empty()),
       "only one of --data, --etcd and --upstream can have the entries"},
      {!o.etcd.members.empty() ||
           (o.etcd.ca.empty() && o.etcd.user_file.empty() &&
            o.reads == Reads::kLinearizable),
       "--etcd_ca, --etcd_user_file and --stale_reads need --etcd"},
      {!o.etcd_prefix.empty(), "--etcd_prefix must not be empty"},
      {o.etcd.cert.empty() == o.etcd.key.empty(),
       "--etcd_cert and --etcd_key must be given together"},
      {o.etcd.cert.empty() || !o.etcd.ca.empty(),
       "--etcd_cert needs --etcd_ca"},
      {o.etcd.user_file.empty() || !o.etcd.ca.empty(),
       "--etcd_user_file needs --etcd_ca: passwords are only sent over TLS"},
      {o.upstream_ca.empty() || !o.upstream.empty(),
       "--upstream_ca needs --upstream"},
      {o.upstream_token_file.empty() || !o.upstream_ca.empty(),
       "--upstream_token_file needs --upstream_ca: tokens are only sent over"
       " TLS"},
  };
  for (const auto& [kept, rule] : rules) {
    if (!kept) return rule;
  }
  return "";
}
// [check]

}  // namespace

absl::StatusOr<ServerOptions> ParseServerOptions(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "a key-value store: server [--listen=HOST:PORT]");
  const auto words = absl::ParseCommandLine(argc, argv);
  if (words.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument \"", words[1], "\""));
  }
  const ServerOptions options = ReadFlags();
  const std::string broken = BrokenRule(options);
  if (!broken.empty()) return absl::InvalidArgumentError(broken);
  return options;
}

}  // namespace kv
