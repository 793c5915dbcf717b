// The client's commands. Each makes one call.
#ifndef CLIENT_COMMAND_H_
#define CLIENT_COMMAND_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"

namespace kv {

/// What a command works with.
struct Call {
  /// Makes the call.
  v1::KeyValueService::Stub& stub;
  /// Of this call alone.
  grpc::ClientContext& context;
  /// The words after the command's name.
  const std::vector<std::string>& words;
  /// Whether a signal has cancelled the call.
  const std::atomic<bool>& cancelled;
  /// Set by a command that can't read its input.
  std::string& input_error;
};

/// A row in the table of commands.
struct Command {
  const char* name;       ///< The first word of the command line.
  const char* arguments;  ///< For the usage, such as "KEY VALUE".
  std::size_t min_words;  ///< How many words it needs,
  std::size_t max_words;  ///< and takes.
  /// Makes the call, prints the results on stdout and returns the status.
  grpc::Status (*run)(const Call& call);
};

/// get KEY
grpc::Status Get(const Call& call);
/// put KEY VALUE
grpc::Status Put(const Call& call);
/// delete KEY
grpc::Status Delete(const Call& call);
/// list [PREFIX]
grpc::Status List(const Call& call);
/// watch [PREFIX]
grpc::Status Watch(const Call& call);
/// import [FILE]
grpc::Status Import(const Call& call);

}  // namespace kv

#endif  // CLIENT_COMMAND_H_
