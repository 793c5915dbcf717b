// The client: one call a run. Results go to stdout; an error is one line on
// stderr, and the exit status is the number of the call's status, or 1 when the
// client itself fails.
//
//   ./client put city Berlin
//   ./client get city
//   ./client watch city --timeout=1h
//   ./client import cities.json
//   ./client pipeline operations.json
//   ./client --ca=certs/ca.crt --token_file=alice.token get city
#include <grpcpp/grpcpp.h>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client_import.h"
#include "client_pipeline.h"
#include "file.h"
#include "json_lines.h"
#include "kv/v1/kv.grpc.pb.h"
#include "stop_signal.h"
#include "text.h"
#include "tls.h"
#include "token_plugin.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "HOST:PORT of the server");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(5),
          "how long a call may take before it ends with DEADLINE_EXCEEDED");
ABSL_FLAG(bool, wait_for_ready, false,
          "wait for a server that is not there yet, until the timeout");
ABSL_FLAG(
    std::optional<std::int64_t>, expected_revision, std::nullopt,
    "put: only if the entry is at this revision; 0: only if it is absent");
ABSL_FLAG(std::int32_t, limit, 0, "list: at most so many entries; 0: all");
ABSL_FLAG(std::int64_t, after_revision, 0,
          "watch: what happened after this revision first; 0: from now on");
ABSL_FLAG(std::string, ca, "",
          "PEM file with the authority that the server's certificate is from;"
          " without: no TLS");
ABSL_FLAG(std::string, token_file, "",
          "file with the token for each call: TOKEN, or USER TOKEN");
ABSL_FLAG(bool, per_call, false,
          "give the token to the call instead of the channel");

namespace {

using kv::v1::KeyValueService;

constexpr char kUsage[] =
    "usage: client [--target=HOST:PORT] [--timeout=5s] [--wait_for_ready]"
    " [--ca=FILE [--token_file=FILE [--per_call]]]"
    " get KEY | put KEY VALUE [--expected_revision=N] | delete KEY"
    " | list [PREFIX] [--limit=N] | watch [PREFIX] [--after_revision=N]"
    " | import [FILE] | pipeline [FILE]";

int Fail(const std::string& why) {
  std::cerr << "client: " << why << "\n";
  return 1;
}

// A shell may close standard files (`>&-`). Their numbers then belong to what
// gRPC opens, also before main(). It marks all of that as close-on-exec, and no
// file that outlived exec() is. So we print nothing there.
void LeaveClosedFilesAlone() {
  if (fcntl(STDOUT_FILENO, F_GETFD) != 0) std::cout.setstate(std::ios::badbit);
  if (fcntl(STDERR_FILENO, F_GETFD) != 0) std::cerr.setstate(std::ios::badbit);
}

// [token]
// Who calls.
std::shared_ptr<grpc::CallCredentials> Token() {
  return grpc::MetadataCredentialsFromPlugin(
      std::make_unique<kv::TokenPlugin>(absl::GetFlag(FLAGS_token_file)));
}
// [token]

// [credentials]
// Who is called, and for all calls of the channel who calls.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials() {
  const std::string ca = absl::GetFlag(FLAGS_ca);
  const std::string token = absl::GetFlag(FLAGS_token_file);
  const bool per_call = absl::GetFlag(FLAGS_per_call);
  if (ca.empty() && !token.empty()) {
    return absl::InvalidArgumentError(
        "--token_file needs --ca: no token goes over an open line");
  }
  if (token.empty() && per_call) {
    return absl::InvalidArgumentError("--per_call needs --token_file");
  }
  if (ca.empty()) return grpc::InsecureChannelCredentials();

  // [compose]
  auto tls = kv::TlsChannelCredentials(ca);
  if (!tls.ok() || token.empty()) return tls;
  // The plugin reads it again for each call; here only to see that it can.
  const auto readable = kv::ReadToken(token);
  if (!readable.ok()) return readable.status();
  if (per_call) return tls;
  return grpc::CompositeChannelCredentials(*tls, Token());
  // [compose]
}
// [credentials]

// [prepare]
// A context belongs to one call and is never used for a second. Without a
// deadline a call may wait for ever: that is gRPC's default.
void Prepare(grpc::ClientContext& context) {
  context.set_deadline(
      absl::ToChronoTime(absl::Now() + absl::GetFlag(FLAGS_timeout)));
  context.set_wait_for_ready(absl::GetFlag(FLAGS_wait_for_ready));
  if (absl::GetFlag(FLAGS_per_call)) context.set_credentials(Token());
}
// [prepare]

// [get]
grpc::Status Get(KeyValueService::Stub& stub, const std::string& key) {
  grpc::ClientContext context;
  Prepare(context);
  kv::v1::GetRequest request;
  request.set_key(key);
  kv::v1::GetResponse response;
  grpc::Status status = stub.Get(&context, request, &response);
  if (status.ok()) std::cout << kv::Text(response) << "\n";
  return status;
}
// [get]

grpc::Status Put(KeyValueService::Stub& stub, const std::string& key,
                 const std::string& value) {
  grpc::ClientContext context;
  Prepare(context);
  // [put]
  kv::v1::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  if (const auto expected = absl::GetFlag(FLAGS_expected_revision)) {
    request.set_expected_revision(*expected);  // also when it is 0
  }
  // [put]
  kv::v1::PutResponse response;
  grpc::Status status = stub.Put(&context, request, &response);
  if (status.ok()) std::cout << kv::Text(response) << "\n";
  return status;
}

grpc::Status Delete(KeyValueService::Stub& stub, const std::string& key) {
  grpc::ClientContext context;
  Prepare(context);
  kv::v1::DeleteRequest request;
  request.set_key(key);
  kv::v1::DeleteResponse response;
  grpc::Status status = stub.Delete(&context, request, &response);
  if (status.ok()) std::cout << kv::Text(response) << "\n";
  return status;
}

// [cancel]
// Makes a call that Ctrl-C cancels. The call then ends like any other, with a
// status; nothing inside it has to know. What waits for something else than the
// call is stopped by on_stop.
grpc::Status Cancellable(
    const kv::StopSignal& stop,
    const std::function<grpc::Status(grpc::ClientContext&)>& call,
    const std::function<void()>& on_stop = [] {}) {
  grpc::ClientContext context;
  Prepare(context);
  std::atomic<bool> stopped = false;
  std::thread waiting([&] {
    stop.Wait();
    stopped = true;
    context.TryCancel();  // from any thread, at any time
    on_stop();
  });
  grpc::Status status = call(context);
  if (stopped && !status.ok())
    status = {grpc::CANCELLED, "stopped by a signal"};
  pthread_kill(waiting.native_handle(), SIGINT);  // nothing to wait for now
  waiting.join();
  return status;
}
// [cancel]

// [list]
grpc::Status List(KeyValueService::Stub& stub, grpc::ClientContext& context,
                  const std::string& prefix) {
  kv::v1::ListRequest request;
  request.set_prefix(prefix);
  request.set_limit(absl::GetFlag(FLAGS_limit));
  const auto reader = stub.List(&context, request);
  kv::v1::ListResponse response;
  while (reader->Read(&response)) {
    std::cout << kv::Text(response.entry()) << "\n";
    if (!std::cout) context.TryCancel();  // the rest would be lost, too
  }
  return reader->Finish();  // why there is no more to read
}
// [list]

// [watch]
grpc::Status Watch(KeyValueService::Stub& stub, grpc::ClientContext& context,
                   const std::string& prefix) {
  kv::v1::WatchRequest request;
  request.set_prefix(prefix);
  request.set_after_revision(absl::GetFlag(FLAGS_after_revision));
  const auto reader = stub.Watch(&context, request);

  // The headers say that the watch stands. There are none when it was refused.
  reader->WaitForInitialMetadata();
  const auto& headers = context.GetServerInitialMetadata();
  if (const auto at = headers.find("kv-revision"); at != headers.end()) {
    std::cout << "watching after revision " << at->second << std::endl;
  }
  if (!std::cout) context.TryCancel();
  kv::v1::WatchResponse response;
  while (reader->Read(&response)) {
    // Flushed: the next one may be an hour away.
    std::cout << kv::Text(response) << std::endl;
    if (!std::cout) context.TryCancel();
  }
  return reader->Finish();
}
// [watch]

// [tell]
// The exit status for a status, and the one line that explains it. A result
// that could not be written is an error, too, even if the call went well.
int Tell(const grpc::Status& status) {
  if (!std::cout.flush()) return Fail("cannot write to standard output");
  if (!status.ok()) std::cerr << kv::Text(status) << "\n";
  // Of 256 a shell would see 0: numbers that gRPC does not define are UNKNOWN.
  const bool defined = status.error_code() <= grpc::StatusCode::UNAUTHENTICATED;
  return defined ? status.error_code() : grpc::StatusCode::UNKNOWN;
}
// [tell]

}  // namespace

int main(int argc, char** argv) {
  LeaveClosedFilesAlone();
  kv::SkipTlsCleanup();
  absl::SetProgramUsageMessage(kUsage);
  const std::vector<char*> raw = absl::ParseCommandLine(argc, argv);
  const std::vector<std::string> words(raw.begin() + 1, raw.end());
  const absl::Duration timeout = absl::GetFlag(FLAGS_timeout);
  if (timeout <= absl::ZeroDuration() || timeout == absl::InfiniteDuration()) {
    return Fail("--timeout must be more than 0 and have an end");
  }
  // Before anything of gRPC: its threads inherit the blocked signals. Only for
  // streams. A unary call is over soon, and Ctrl-C ends it with the program.
  std::optional<kv::StopSignal> stop;
  const std::string command = words.empty() ? "" : words[0];
  if (command == "list" || command == "watch" || command == "import" ||
      command == "pipeline") {
    stop.emplace();
  }
  // The status says what went wrong; GRPC_VERBOSITY=debug ./client shows more.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);

  const auto credentials = Credentials();
  if (!credentials.ok()) {
    return Fail(std::string(credentials.status().message()));
  }
  // [channel]
  // A channel connects when the first call needs it, and again when it broke.
  // Stubs are cheap, channels are not: keep one for all calls.
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(absl::GetFlag(FLAGS_target), *credentials);
  const auto stub = KeyValueService::NewStub(channel);
  // [channel]

  if (words.size() == 2 && words[0] == "get") return Tell(Get(*stub, words[1]));
  if (words.size() == 2 && words[0] == "delete")
    return Tell(Delete(*stub, words[1]));
  if (words.size() == 3 && words[0] == "put") {
    return Tell(Put(*stub, words[1], words[2]));
  }
  if (words.size() <= 2 && (command == "import" || command == "pipeline")) {
    kv::JsonLines lines(words.size() == 2 ? words[1] : "-");
    grpc::Status status;
    if (lines.error().empty()) {
      status = Cancellable(
          *stop,
          [&](grpc::ClientContext& context) {
            return command == "import" ? kv::Import(*stub, context, lines)
                                       : kv::Pipeline(*stub, context, lines);
          },
          [&] { lines.Stop(); });
    }
    return lines.error().empty() ? Tell(status) : Fail(lines.error());
  }
  if (words.size() <= 2 && stop.has_value()) {
    const std::string prefix = words.size() == 2 ? words[1] : "";
    return Tell(Cancellable(*stop, [&](grpc::ClientContext& context) {
      return words[0] == "list" ? List(*stub, context, prefix)
                                : Watch(*stub, context, prefix);
    }));
  }
  return Fail(kUsage);
}
