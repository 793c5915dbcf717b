// The flags that all commands share. Other flags are in their command's file.
#ifndef CLIENT_OPTIONS_H_
#define CLIENT_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kv {

/// What the command line asks for. All values are valid.
struct ClientOptions {
  std::string target;           ///< Where the servers are, as gRPC writes it.
  std::string server_name;      ///< In their certificates; empty: the target.
  absl::Duration timeout;       ///< More than 0, and not infinite.
  bool pick_healthy = true;     ///< Whether only servers that say SERVING.
  bool wait_for_ready = false;  ///< Whether a call waits for a connection.
  /// How long the connection is silent before a ping; infinite means never.
  absl::Duration keepalive_time;
  /// How long to wait for the answer.
  absl::Duration keepalive_timeout;
  std::vector<std::string> words;  ///< A command and its words; may be empty.
};

/// Reads the flags. Call it once. An error says which flag is wrong, and why.
/// An unknown flag, or a value that can't be parsed, ends the process with
/// status 1 (Abseil does that).
absl::StatusOr<ClientOptions> ParseClientOptions(int argc, char** argv);

}  // namespace kv

#endif  // CLIENT_OPTIONS_H_
