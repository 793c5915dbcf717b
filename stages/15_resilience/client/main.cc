// The client makes one call per run, and repeats it while that is safe. It
// prints results on stdout and an error as one line on stderr. The exit status
// is the call's status code, or 1 when the client itself fails.
//
//   ./client put city Berlin
//   ./client get city
//   ./client watch city --timeout=1h
//   ./client import cities.json
//   ./client pipeline operations.json
//   ./client --ca=certs/ca.crt --token_file=alice.token get city
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "auth/tls.h"
#include "base/stop_signal.h"
#include "client/cancel_on_signal.h"
#include "client/channel_arguments.h"
#include "client/command.h"
#include "client/credentials.h"
#include "client/options.h"
#include "client/report.h"
#include "client/service_config.h"
#include "kv/v1/kv.grpc.pb.h"

namespace {

// [commands]
constexpr kv::Command kCommands[] = {
    {"get", "KEY", 1, 1, kv::Get},
    {"put", "KEY VALUE [--expected_revision=N]", 2, 2, kv::Put},
    {"delete", "KEY", 1, 1, kv::Delete},
    {"list", "[PREFIX] [--limit=N]", 0, 1, kv::List},
    {"watch", "[PREFIX] [--after_revision=N] [--resume=FILE]", 0, 1, kv::Watch},
    {"import", "[FILE]", 0, 1, kv::Import},
    {"pipeline", "[FILE]", 0, 1, kv::Pipeline},
    {"health", "[SERVICE]", 0, 1, kv::Health},
};
// [commands]

std::string Usage() {
  std::string text =
      "usage: client [--target=HOST:PORT] [--timeout=5s] [--wait_for_ready]"
      " [--retry=false] [--service_config=FILE] [--pick_healthy=false]"
      " [--keepalive_time=20s]"
      " [--ca=FILE [--server_name=NAME] [--token_file=FILE [--per_call]]"
      " [--cert=FILE --key=FILE]]";
  const char* separator = " ";
  for (const kv::Command& command : kCommands) {
    absl::StrAppend(&text, separator, command.name, " ", command.arguments);
    separator = " | ";
  }
  return text;
}

// Removes the command's name from `words`. Returns null if no command fits.
const kv::Command* TakeCommand(std::vector<std::string>& words) {
  if (words.empty()) return nullptr;
  const std::string name = words.front();
  words.erase(words.begin());
  for (const kv::Command& command : kCommands) {
    if (command.name == name && command.min_words <= words.size() &&
        words.size() <= command.max_words) {
      return &command;
    }
  }
  return nullptr;
}

// [prepare]
// A context belongs to one call and is never used for a second one. Without a
// deadline a call may wait forever, which is gRPC's default.
void Prepare(grpc::ClientContext& context, const kv::ClientOptions& options) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  context.set_wait_for_ready(options.wait_for_ready);
  context.set_credentials(kv::CredentialsPerCall());  // null means none
}
// [prepare]

}  // namespace

int main(int argc, char** argv) {
  kv::IgnoreClosedOutput();
  kv::SkipTlsCleanup();
  // The status says what is wrong. For more: GRPC_VERBOSITY=debug ./client
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  absl::SetProgramUsageMessage(Usage());
  auto options = kv::ParseClientOptions(argc, argv);
  if (!options.ok()) return kv::Fail(options.status().message());
  const kv::Command* const command = TakeCommand(options->words);
  if (command == nullptr) return kv::Fail(Usage());

  // This must come before gRPC starts its threads, which inherit the mask.
  const kv::StopSignal stop;
  const auto credentials = kv::ChannelCredentials();
  if (!credentials.ok()) return kv::Fail(credentials.status().message());
  const auto service_config = kv::ServiceConfig();
  if (!service_config.ok()) return kv::Fail(service_config.status().message());
  // [channel]
  // A channel connects at the first call, and again when the connection broke.
  // Stubs are cheap, but channels are expensive: keep one channel.
  const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      options->target, *credentials,
      kv::ChannelArguments(*options, *service_config));
  const auto stub = kv::v1::KeyValueService::NewStub(channel);
  // [channel]

  const auto prepare = [&options](grpc::ClientContext& each) {
    Prepare(each, *options);
  };
  grpc::ClientContext context;
  prepare(context);
  kv::CancelOnSignal cancel(stop);
  cancel.Guard(context);
  std::string input_error;
  grpc::Status status =
      command->run({*stub, channel, context, options->words, cancel.cancelled(),
                    input_error, prepare, cancel});
  if (!input_error.empty()) return kv::Fail(input_error);
  if (cancel.cancelled() && !status.ok()) {
    status = {grpc::StatusCode::CANCELLED, "stopped by a signal"};
  }
  return kv::ReportStatus(status);
}
