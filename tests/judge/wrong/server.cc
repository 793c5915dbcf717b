// A correct server that makes one mistake on request, to test the judge.
//
//   wrong_server --listen=127.0.0.1:0 --mistake=zero_is_unset
//   wrong_server --listen=127.0.0.1:0 --stage=2 --mistake=none
//
// It shares no code with the stages, so that a bug in them can't be in it, too.
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "wrong/door.h"
#include "wrong/guard.h"
#include "wrong/hop.h"
#include "wrong/mistake.h"
#include "wrong/operations.h"
#include "wrong/reactors.h"
#include "wrong/service.h"

ABSL_FLAG(std::string, listen, "", "HOST:PORT");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(5), "after a signal");
ABSL_DECLARE_FLAG(std::string, tls_cert);
ABSL_FLAG(int, max_calls, 64, "concurrent calls");

namespace {

using grpc::Status;
using wrong::Mistake;

// Accepts a Put that the generated code fails to parse.
class LenientService final
    : public kv::v1::KeyValueService::WithRawCallbackMethod_Put<
          wrong::Service> {
  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer* bytes,
                                grpc::ByteBuffer* reply) override {
    std::vector<grpc::Slice> slices;
    std::string text;
    if (bytes->Dump(&slices).ok()) {
      for (const grpc::Slice& slice : slices) {
        text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
    }
    kv::v1::PutRequest request;
    kv::v1::PutResponse response;
    const bool parsed = request.ParseFromString(text);
    const Status status = parsed ? Write(&request, &response) : Status::OK;
    const grpc::Slice slice(response.SerializeAsString());
    *reply = grpc::ByteBuffer(&slice, 1);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(status);
    return reactor;
  }
};

// Answers OK to every method that no other service has.
class CatchAll final : public grpc::CallbackGenericService {
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor() { Finish(Status::OK); }
    void OnDone() override { delete this; }
  };
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext*) override {
    return new Reactor;
  }
};

// Whether the server ignores unknown flags. Flags are not parsed at this point.
bool Forgiving(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--mistake=takes_any_flag") return true;
    if (word == "--mistake=aborts_on_bad_flag") return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> words;
  bool bad_flag = false;
  for (int i = 0; i < argc; ++i) {
    const bool bad = std::string(argv[i]) == "--no_such_flag=1";
    bad_flag = bad_flag || bad;
    const bool drop = bad && Forgiving(argc, argv);
    if (!drop) words.push_back(argv[i]);
  }
  absl::ParseCommandLine(static_cast<int>(words.size()), words.data());
  if (bad_flag && Mistake("aborts_on_bad_flag")) std::abort();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  if (!Mistake("default_sigterm")) sigaddset(&signals, SIGTERM);
  if (Mistake("leaves_a_child")) sigaddset(&signals, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  int number = 0;
  if (Mistake("leaves_a_child") && fork() > 0) {
    sigwait(&signals, &number);
    return number == SIGCHLD ? 1 : 0;
  }
  if (Mistake("says_hello")) std::cout << "starting" << std::endl;
  if (Mistake("ends_at_once")) {
    std::cerr << "cannot find my configuration\n";
    return 3;
  }
  wrong::Guard guard;
  if (!guard.trouble().empty()) {
    std::cerr << guard.trouble() << "\n";
    return 1;
  }
  if (const std::string why = wrong::Reactors::Trouble(); !why.empty()) {
    std::cerr << why << "\n";
    return 1;
  }
  const auto strict = wrong::Reactors::Wanted()
                          ? std::make_unique<wrong::Reactors>()
                          : std::make_unique<wrong::Service>();
  if (const std::string why = strict->Load(); !why.empty()) {
    strict->Stop();
    std::cerr << why << "\n";
    return 1;
  }
  strict->Ask(guard);
  LenientService lenient;
  CatchAll catch_all;
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                             Mistake("shares_port") ? 1 : 0);
  // Each call needs a thread; one more waits for the next call.
  const int calls = Mistake("ignores_max_calls") ? 64
                    : Mistake("max_calls_is_1")
                        ? 1
                        : absl::GetFlag(FLAGS_max_calls);
  const int threads =
      wrong::Reactors::Wanted() ? wrong::Reactors::Threads() : calls + 1;
  builder.SetResourceQuota(grpc::ResourceQuota().SetMaxThreads(threads));
  if (Mistake("takes_huge")) {
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 1 << 16);
  }
  if (Mistake("no_message_limit")) builder.SetMaxReceiveMessageSize(-1);
  std::unique_ptr<wrong::Operations> operations;
  if (wrong::Operations::Wanted()) {
    operations = std::make_unique<wrong::Operations>(builder);
  }
  int port = 0;
  std::unique_ptr<wrong::Door> door;
  if (Mistake("tls_falls_back")) {
    door = std::make_unique<wrong::Door>(builder, guard.Credentials());
    port = door->port();
  } else {
    builder.AddListeningPort(absl::GetFlag(FLAGS_listen), guard.Credentials(),
                             &port);
  }
  grpc::Service* service = strict.get();
  if (Mistake("takes_any_bytes")) service = &lenient;
  kv::v1::KeyValueService::Service nothing;
  if (Mistake("registers_another")) service = &nothing;
  std::unique_ptr<wrong::Hop> hop;
  if (wrong::Hop::Wanted()) {
    hop = std::make_unique<wrong::Hop>();
    service = hop.get();
  }
  if (!Mistake("registers_nothing")) builder.RegisterService(service);
  if (Mistake("knows_every_method")) {
    builder.RegisterCallbackGenericService(&catch_all);
  }
  const auto server = builder.BuildAndStart();
  const std::string listen = absl::GetFlag(FLAGS_listen);
  const bool other = !absl::EndsWith(listen, absl::StrCat(":", port)) &&
                     !absl::EndsWith(listen, ":0");
  if (server == nullptr || (other && !Mistake("takes_any_port"))) {
    if (Mistake("dies_of_bad_pair")) std::abort();
    const bool blames_port =
        Mistake("blames_the_port") || Mistake("folder_is_empty");
    std::cerr << "cannot listen"
              << (blames_port ? "" : " " + absl::GetFlag(FLAGS_tls_cert))
              << "\n";
    if (Mistake("explains_at_length")) std::cerr << "is it in use?\n";
    return Mistake("listens_in_vain") ? 0 : 1;
  }
  if (door != nullptr) door->Open(*server);
  if (operations != nullptr) wrong::Operations::Start(*server);
  if (!Mistake("never_ready")) {
    const std::string ready =
        absl::StrCat("READY 127.0.0.1:", Mistake("ready_port_0") ? 0 : port,
                     Mistake("ready_has_no_end") ? "" : "\n");
    std::cout << ready << (Mistake("ready_twice") ? ready : "") << std::flush;
  }
  do {
    sigwait(&signals, &number);
    if (number == SIGHUP) guard.Reload();
  } while (number == SIGHUP ||
           (number == SIGTERM && Mistake("ignores_sigterm")));
  if (number == SIGINT && Mistake("exits_130")) return 130;
  if (operations != nullptr) operations->Drain(*server, signals);
  if (!Mistake("watch_outlives_sigterm")) strict->Stop();
  const absl::Duration grace = Mistake("has_no_grace")
                                   ? absl::InfiniteDuration()
                                   : absl::GetFlag(FLAGS_grace);
  server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}
