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
#include "base/log.h"
#include "base/stop_signal.h"
#include "server/abuse_limit.h"
#include "server/call_log.h"
#include "server/choose_service.h"
#include "server/figures.h"
#include "server/health.h"
#include "server/health_watches.h"
#include "server/inspection.h"
#include "server/interceptors.h"
#include "server/keepalive.h"
#include "server/listen.h"
#include "server/metrics.h"
#include "server/metrics_page.h"
#include "server/open_store.h"
#include "server/options.h"
#include "server/secrets.h"
#include "server/service_manager.h"
#include "server/stop.h"

namespace {

int Fail(absl::string_view why) {
  std::cerr << "server: " << why << "\n";
  return 1;
}

// [serve]
int Serve(const kv::ServerOptions& options, const kv::StopSignal& stop) {
  kv::Log log;
  kv::Metrics metrics;
  kv::ServerHealth health;
  kv::HealthWatches health_watches;
  kv::CallLog calls(log, options.log_sample);
  const auto secrets = kv::Secrets::Read(options);
  if (!secrets.ok()) return Fail(secrets.status().message());
  const auto store = kv::OpenStore(options, metrics, health);
  if (!store.ok()) return Fail(store.status().message());
  const auto service = kv::ChooseService(options, *store.value());
  if (!service.ok()) return Fail(service.status().message());

  const absl::Status unused = kv::CheckUnixSocket(options.listen);
  if (!unused.ok()) return Fail(unused.message());
  kv::InitInspection(options);
  int port = 0;
  grpc::ServerBuilder builder;
  kv::LimitAbuse(builder);
  kv::LimitInspection(builder, options);
  kv::KeepAlive(builder, options);
  // Otherwise a second server can use the same port (SO_REUSEPORT), and the
  // kernel shares the connections between the two.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(
      options.listen,
      (*secrets)->Credentials(kv::OnRejected(options, calls, metrics)), &port);
  builder.RegisterService(service->service.get());
  kv::AddInterceptors(builder, options, (*secrets)->tokens(), calls, metrics,
                      health_watches);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto address = kv::BoundAddress(options.listen, server ? port : 0);
  if (!address.ok()) return Fail(address.status().message());
  const auto page = kv::MetricsPage::Serve(
      options.metrics, metrics,
      std::make_shared<kv::FiguresOf>(*store.value(), log));
  if (!page.ok()) return Fail(page.status().message());
  health.Start(*server);

  if (options.data.empty() && options.etcd.members.empty() &&
      options.upstream.empty()) {
    kv::WriteIfReady("server: no --data: the entries are only in memory");
  }
  std::cout << "READY " << *address << std::endl;
  kv::TellServiceManager("READY=1");
  kv::WaitUntilStopped(
      stop, [&] { (*secrets)->ReadAgain(log); },
      [&] { kv::CheckHealth(*store.value(), health); });
  kv::TellServiceManager("STOPPING=1");
  health.Drain();
  kv::WaitForBalancers(stop, options.drain, log);
  // A watch never ends by itself: Shutdown() would wait until the deadline.
  service->end_watches();
  health_watches.End();
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
