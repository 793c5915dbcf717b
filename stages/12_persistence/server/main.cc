// The server: connects the parts, starts, and stops at a signal.
//
//   ./server --tls_cert=server.crt --tls_key=server.key --token_file=tokens
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "auth/tls.h"
#include "auth/tokens.h"
#include "base/log.h"
#include "base/stop_signal.h"
#include "server/abuse_limit.h"
#include "server/choose_service.h"
#include "server/credentials.h"
#include "server/interceptors.h"
#include "server/listen.h"
#include "server/open_store.h"
#include "server/options.h"

namespace {

int Fail(absl::string_view why) {
  std::cerr << "server: " << why << "\n";
  return 1;
}

// [serve]
int Serve(const kv::ServerOptions& options, const kv::StopSignal& stop) {
  kv::Log log;
  kv::Tokens tokens;
  if (!options.token_file.empty()) {
    const absl::Status read = tokens.Read(options.token_file);
    if (!read.ok()) return Fail(read.message());
  }
  const auto credentials = kv::ServerCredentials(options, tokens, log);
  if (!credentials.ok()) return Fail(credentials.status().message());
  const auto store = kv::OpenStore(options);
  if (!store.ok()) return Fail(store.status().message());
  const auto service = kv::ChooseService(options, *store.value());
  if (!service.ok()) return Fail(service.status().message());

  const absl::Status unused = kv::CheckUnixSocket(options.listen);
  if (!unused.ok()) return Fail(unused.message());
  int port = 0;
  grpc::ServerBuilder builder;
  kv::LimitAbuse(builder);
  // Otherwise a second server can use the same port (SO_REUSEPORT), and the
  // kernel shares the connections between the two.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(options.listen, *credentials, &port);
  builder.RegisterService(service->service.get());
  kv::AddInterceptors(builder, options, tokens, log);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto address = kv::BoundAddress(options.listen, server ? port : 0);
  if (!address.ok()) return Fail(address.status().message());

  if (options.data.empty() && options.upstream.empty()) {
    kv::WriteIfReady("server: no --data: the entries are only in memory");
  }
  std::cout << "READY " << *address << std::endl;
  while (stop.Wait() == SIGHUP) kv::ReloadTokens(options, tokens, log);
  // A watch never ends by itself: Shutdown() would wait until the deadline.
  service->end_watches();
  // From here on new calls fail. Running calls may finish until the deadline;
  // then gRPC cancels them.
  server->Shutdown(absl::ToChronoTime(absl::Now() + options.grace));
  return 0;
}
// [serve]

}  // namespace

int main(int argc, char** argv) {
  // By default, writing to a pipe without a reader ends the process.
  std::signal(SIGPIPE, SIG_IGN);
  kv::SkipTlsCleanup();
  // Abseil looks for deadlocks whenever one of its mutexes is locked. gRPC uses
  // many of them, and our code uses none.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // We print errors ourselves. For gRPC's log: GRPC_VERBOSITY=debug ./server
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  const auto options = kv::ParseServerOptions(argc, argv);
  if (!options.ok()) return Fail(options.status().message());
  // This must come before gRPC starts its threads, which inherit the mask.
  const kv::StopSignal stop({SIGHUP});
  return Serve(*options, stop);
}
