// The server's flags, read and checked in one place.
//
//   const absl::StatusOr<kv::ServerOptions> options =
//       kv::ParseServerOptions(argc, argv);
#ifndef SERVER_OPTIONS_H_
#define SERVER_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "etcd/etcd_client.h"
#include "store/store.h"

namespace kv {

/// What the command line asks for. All values are valid.
struct ServerOptions {
  /// HOST:PORT, with port 0 for a free one; or unix:PATH.
  std::string listen;
  /// How many calls run concurrently, apart from watches; at least 1.
  int max_calls = 0;
  /// How many watches run concurrently, at least 1.
  int max_watches = 0;
  /// How many of those one user may have; 0 for no limit.
  int max_calls_per_user = 0;
  /// As well for watches.
  int max_watches_per_user = 0;
  /// Memory in bytes that all running imports may hold together, at least 1.
  std::int64_t max_import_bytes = 0;
  /// How many changes are kept for watchers, at least 1.
  int history = 0;
  /// How long running calls may continue after a signal.
  absl::Duration grace;
  /// How long calls are still served after a signal, before they may only
  /// continue.
  absl::Duration drain;
  /// How long a connection is silent before the server pings the client.
  absl::Duration keepalive_time;
  /// How long it waits for the answer.
  absl::Duration keepalive_timeout;
  /// HOST:PORT for Prometheus, with port 0 for a free one; empty means none.
  std::string metrics;
  /// Whether to describe the services to everyone who may call.
  bool reflection = false;
  /// Whether to list connections and calls to everyone who may call.
  bool channelz = false;
  /// PEM file with the server's certificate; empty means no TLS.
  std::string tls_cert;
  /// PEM file with its private key; empty if tls_cert is.
  std::string tls_key;
  /// PEM file with the CA of client certificates; empty means none needed.
  std::string client_ca;
  /// File that says who may call; empty means anyone.
  std::string token_file;
  /// Folder of the store; empty means in memory.
  std::string data;
  /// The cluster that holds the store; no members means none.
  EtcdOptions etcd;
  /// Prefix of the store's keys there, not empty.
  std::string etcd_prefix;
  /// What Get and List see on a cluster.
  Reads reads = Reads::kLinearizable;
  /// HOST:PORT of the server that answers reads; empty means our own store.
  std::string upstream;
  /// PEM file with the CA of its certificate; empty means no TLS.
  std::string upstream_ca;
  /// File with our own token there; empty means none.
  std::string upstream_token_file;
  /// Whether to log calls on stderr.
  bool log_calls = false;
  /// One of so many calls that end with OK is logged, at least 1.
  int log_sample = 1;
};

/// Reads the flags. Call it once, before you use any part of the server. An
/// error names the flag and what it must be. A flag that does not exist, or
/// whose value can't be parsed, ends the process with status 1 (Abseil does
/// that), and `--help` prints the flags.
absl::StatusOr<ServerOptions> ParseServerOptions(int argc, char** argv);

}  // namespace kv

#endif  // SERVER_OPTIONS_H_
