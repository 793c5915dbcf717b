// The client's commands. Each makes one call.
#ifndef CLIENT_COMMAND_H_
#define CLIENT_COMMAND_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/cancel_on_signal.h"
#include "kv/v1/kv.grpc.pb.h"

namespace kv {

/// What a command needs for its call.
struct Call {
  /// Makes the call.
  v1::KeyValueService::Stub& stub;
  /// Leads to the server, for other services.
  const std::shared_ptr<grpc::Channel>& channel;
  /// The context of this call only.
  grpc::ClientContext& context;
  /// The words after the command's name.
  const std::vector<std::string>& words;
  /// Whether a signal has cancelled the call.
  const std::atomic<bool>& cancelled;
  /// A command that can't read its input sets this to the reason.
  std::string& input_error;
  /// For a command with several attempts: sets up the context of each.
  const std::function<void(grpc::ClientContext&)>& prepare;
  /// Ends the attempts at a signal.
  CancelOnSignal& cancel;
};

/// A row in the table of commands.
struct Command {
  const char* name;       ///< The first word of the command line.
  const char* arguments;  ///< For the usage, such as "KEY VALUE".
  std::size_t min_words;  ///< Fewest words after the name.
  std::size_t max_words;  ///< Most words after the name.
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
/// pipeline [FILE]
grpc::Status Pipeline(const Call& call);
/// health [SERVICE]
grpc::Status Health(const Call& call);

}  // namespace kv

#endif  // CLIENT_COMMAND_H_
