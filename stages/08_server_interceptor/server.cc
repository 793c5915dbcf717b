// The server: takes the flags, puts the parts together, starts and stops.
//
//   ./server --tls_cert=server.crt --tls_key=server.key --token_file=tokens
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "abuse_limit.h"
#include "auth_interceptor.h"
#include "call_limit.h"
#include "log.h"
#include "log_interceptor.h"
#include "service.h"
#include "stop_signal.h"
#include "store.h"
#include "tls.h"
#include "tokens.h"
#include "unix_socket.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "HOST:PORT to take calls on; port 0: a free one");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(5),
          "how long running calls may go on after SIGINT or SIGTERM");
ABSL_FLAG(
    std::int32_t, max_calls, 64,
    "calls handled at once, one thread each; one more: RESOURCE_EXHAUSTED");
ABSL_FLAG(std::int32_t, history, 100'000,
          "changes kept for watchers that fall behind or come back");
ABSL_FLAG(std::string, tls_cert, "",
          "PEM file with the server's certificate; without: no TLS");
ABSL_FLAG(std::string, tls_key, "", "PEM file with the certificate's key");
ABSL_FLAG(
    std::string, token_file, "",
    "lines of USER TOKEN, read again at SIGHUP; without: anyone may call");
ABSL_FLAG(bool, log_calls, false, "a line on stderr for each call");

namespace {

int Fail(const std::string& why) {
  std::cerr << "server: " << why << "\n";
  return 1;
}

// What was asked for, with the port that was given for port 0.
std::string Address(const std::string& listen, int port) {
  return absl::EndsWith(listen, ":0")
             ? absl::StrCat(listen.substr(0, listen.size() - 1), port)
             : listen;
}

// [asked]
// Whether that is the port that was asked for. gRPC takes "127.0.0.1" and
// "127.0.0.1:99999", too, and then listens on another one.
bool AsAsked(const std::string& listen, int port) {
  return absl::EndsWith(listen, ":0") ||
         absl::EndsWith(listen, absl::StrCat(":", port)) ||
         absl::StartsWith(listen, "unix:");
}
// [asked]

}  // namespace

int main(int argc, char** argv) {
  // A write that nobody reads fails. By default it would end the process.
  std::signal(SIGPIPE, SIG_IGN);
  kv::SkipTlsCleanup();
  absl::SetProgramUsageMessage(
      "a key-value store: server [--listen=HOST:PORT]");
  const auto words = absl::ParseCommandLine(argc, argv);
  if (words.size() > 1) {
    return Fail(absl::StrCat("unexpected argument \"", words[1], "\""));
  }
  const std::string listen = absl::GetFlag(FLAGS_listen);
  const int max_calls = absl::GetFlag(FLAGS_max_calls);
  if (max_calls < 1) return Fail("--max_calls must be at least 1");
  const int history = absl::GetFlag(FLAGS_history);
  if (history < 1) return Fail("--history must be at least 1");
  const absl::Duration grace = absl::GetFlag(FLAGS_grace);
  if (grace < absl::ZeroDuration()) {
    return Fail("--grace must not be negative");
  }

  const std::string cert = absl::GetFlag(FLAGS_tls_cert);
  const std::string key = absl::GetFlag(FLAGS_tls_key);
  if (cert.empty() != key.empty()) {
    return Fail("--tls_cert and --tls_key need each other");
  }
  const std::string token_file = absl::GetFlag(FLAGS_token_file);
  if (!token_file.empty() && cert.empty()) {
    return Fail("--token_file needs --tls_cert: no token over an open line");
  }
  kv::Tokens tokens;
  if (!token_file.empty()) {
    const absl::Status read = tokens.Read(token_file);
    if (!read.ok()) return Fail(std::string(read.message()));
  }

  // gRPC logs its own account of what we report below in one line. It can still
  // be had: GRPC_VERBOSITY=debug ./server
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // [signals]
  // Before anything of gRPC: its threads inherit the blocked signals.
  const kv::StopSignal stop({SIGHUP});
  // [signals]
  kv::Log log;

  // [credentials]
  std::shared_ptr<grpc::ServerCredentials> credentials =
      grpc::InsecureServerCredentials();
  if (!cert.empty()) {
    const auto tls = kv::TlsServerCredentials(cert, key);
    if (!tls.ok()) return Fail(std::string(tls.status().message()));
    credentials = *tls;
  }
  // [credentials]

  kv::Store store(history);
  kv::KeyValueServiceImpl service(store);

  // [serve]
  if (kv::SocketInUse(listen)) {
    return Fail(absl::StrCat("cannot listen on ", listen, ": in use"));
  }
  int port = 0;
  grpc::ServerBuilder builder;
  kv::LimitCalls(builder, max_calls);
  kv::LimitAbuse(builder);
  // Without this a second server on the same port starts, and the two share the
  // calls (SO_REUSEPORT).
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(listen, credentials, &port);
  builder.RegisterService(&service);
  // [interceptors]
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      creators;
  creators.push_back(std::make_unique<kv::AuthInterceptorFactory>(
      token_file.empty() ? nullptr : &tokens));
  if (absl::GetFlag(FLAGS_log_calls)) {
    creators.push_back(std::make_unique<kv::LogInterceptorFactory>(log));
  }
  builder.experimental().SetInterceptorCreators(std::move(creators));
  // [interceptors]
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || !AsAsked(listen, port)) {
    return Fail(absl::StrCat("cannot listen on ", listen,
                             ": in use, or no address of this machine"));
  }

  std::cout << "READY " << Address(listen, port) << std::endl;
  // [reread]
  while (stop.Wait() == SIGHUP) {
    if (token_file.empty()) continue;
    const absl::Status read = tokens.Read(token_file);
    const std::string said =
        read.ok() ? absl::StrCat(token_file, " read again: ", tokens.size(),
                                 " tokens")
                  : absl::StrCat(read.message(), "; the old tokens stay");
    log.Write(absl::StrCat("server: ", said));
  }
  // [reread]
  // A watch would go on for the whole grace: it has no end of its own.
  store.EndWatches();
  // No new call from here on. Those that run have until the deadline, then they
  // are cancelled.
  server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  // [serve]
}
