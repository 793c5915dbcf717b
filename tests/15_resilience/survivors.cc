// As tests/support/load.cc, but its clients are written as clients should be
// written, with what stage 15's client has.
//
//   survivors --target=TARGET FLAGS... ADDRESS... < the end ends the load
//
// TARGET is where the clients call. The ADDRESSes are the servers, which are
// compared at the end. The flags are the client's. The history goes to the
// standard output.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "auth/tls.h"
#include "caller.h"
#include "client/credentials.h"
#include "client/service_config.h"
#include "history.h"
#include "operation.h"
#include "survivor.h"

ABSL_DECLARE_FLAG(std::string, ca);
ABSL_DECLARE_FLAG(std::string, token_file);

namespace survivors {
namespace {

constexpr int kClients = 8;
constexpr int kWatchers = 3;

// Follows all changes with one call, which is repeated when it breaks.
class Watcher {
 public:
  explicit Watcher(const Setup& setup) : caller_(setup, absl::Hours(1)) {}

  // Returns after Stop(), or after an error that ends a watch for good.
  void Run() {
    Calls calls(caller_);
    const auto status = calls
                            .Try(kv::Repeat::kAlways, kv::Limit::kDeadline,
                                 [this](grpc::ClientContext& context) {
                                   return Follow(context);
                                 })
                            .status;
    failed_ = !status.ok();
    if (failed_) {
      std::cerr << "survivors: a watch ended: " + status.error_message() + "\n";
    }
  }

  void Stop() {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    if (running_ != nullptr) running_->TryCancel();
  }

  const load::Seen& seen() const { return seen_; }
  bool failed() const { return failed_; }              // after Run()
  int attempts() const { return caller_.attempts(); }  // after Run()

 private:
  grpc::Status Follow(grpc::ClientContext& context) {
    if (!Set(&context)) return grpc::Status::OK;
    kv::v1::WatchRequest request;
    request.set_after_revision(seen_.revision());
    if (!store_.empty()) context.AddMetadata("kv-store", store_);
    const auto stream = caller_.stub().Watch(&context, request);
    kv::v1::WatchResponse response;
    while (stream->Read(&response)) seen_.Add(response);
    const grpc::Status status = stream->Finish();
    const auto& headers = context.GetServerInitialMetadata();
    if (const auto at = headers.find("kv-store"); at != headers.end()) {
      store_ = std::string(at->second.data(), at->second.size());
    }
    return Set(nullptr) ? status : grpc::Status::OK;
  }

  // Sets the call that Stop() cancels. Returns false after Stop().
  bool Set(grpc::ClientContext* running) {
    const std::lock_guard lock(mutex_);
    running_ = running;
    return !stop_;
  }

  Caller caller_;
  std::string store_;
  load::Seen seen_;
  bool failed_ = false;
  std::mutex mutex_;  // guards the members below
  bool stop_ = false;
  grpc::ClientContext* running_ = nullptr;
};

int Main(const Setup& setup) {
  const load::Servers servers(absl::GetFlag(FLAGS_ca),
                              absl::GetFlag(FLAGS_token_file),
                              setup.options.words);
  std::vector<std::unique_ptr<Watcher>> watching;
  std::vector<std::thread> following;
  load::Watchers watchers;
  for (int id = 0; id < kWatchers; ++id) {
    watching.push_back(std::make_unique<Watcher>(setup));
    watchers.push_back(&watching.back()->seen());
    following.emplace_back(
        [watcher = watching.back().get()] { watcher->Run(); });
  }
  std::atomic<bool> stop = false;
  std::vector<std::thread> running;
  std::vector<std::unique_ptr<Survivor>> clients;
  for (int id = 0; id < kClients; ++id) {
    clients.push_back(std::make_unique<Survivor>(setup, id));
    running.emplace_back(
        [&, client = clients.back().get()] { client->Run(stop); });
  }
  std::cin.ignore(INT64_MAX);
  stop = true;
  for (std::thread& client : running) client.join();

  clients.push_back(std::make_unique<Survivor>(setup, kClients));
  load::Contents contents;
  const std::int64_t last = load::Finish(
      servers, [&] { return clients.back()->Put(load::kLastKey, {}); },
      watchers, contents);
  if (last != 0) clients.back()->Forget();  // the history ends before it
  for (const auto& watcher : watching) watcher->Stop();
  for (std::thread& watcher : following) watcher.join();

  std::vector<load::Operation> operations;
  std::map<std::string, int> counts;
  int attempts = 0;
  for (const auto& client : clients) {
    operations.insert(operations.end(), client->operations().begin(),
                      client->operations().end());
    for (const auto& [name, count] : client->counts()) counts[name] += count;
    attempts += client->attempts();
  }
  int watches = 0;
  for (const auto& watcher : watching) {
    counts["failed"] += watcher->failed() ? 1 : 0;
    watches += watcher->attempts();
  }
  load::Write(operations, watchers, last, contents);
  load::Summarize(operations);
  std::cerr << "survivors: attempts: " << attempts << "\n"
            << "survivors: watches: " << watches << "\n";
  for (const auto& [name, count] : counts) {
    std::cerr << "survivors: " << name << ": " << count << "\n";
  }
  return last == 0 || load::wrong || counts["failed"] > 0 ? 1 : 0;
}

}  // namespace
}  // namespace survivors

int main(int argc, char** argv) {
  kv::SkipTlsCleanup();
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  const auto options = kv::ParseClientOptions(argc, argv);
  const auto service_config = kv::ServiceConfig();
  const kv::StopSignal stop;  // before any thread
  const auto credentials = kv::ChannelCredentials();
  if (!options.ok() || !service_config.ok() || !credentials.ok()) {
    std::cerr << "survivors: " << options.status() << service_config.status()
              << credentials.status() << "\n";
    return 2;
  }
  return survivors::Main({*options, *credentials, *service_config, stop});
}
