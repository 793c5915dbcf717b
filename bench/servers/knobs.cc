// A sync server with every option that is said to make servers faster. It is
// otherwise minimal: Get and Put of one map.
//
//   knobs --listen=127.0.0.1:0 [--max_pollers=64] …
//
// Without a flag, gRPC's default applies.
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "kv/v1/kv.grpc.pb.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "HOST:PORT or unix:PATH");
ABSL_FLAG(bool, health, false, "the default health service");
ABSL_FLAG(int, queues, 0, "completion queues (NUM_CQS)");
ABSL_FLAG(int, min_pollers, 0, "threads that wait for calls, at least");
ABSL_FLAG(int, max_pollers, 0, "threads that wait for calls, at most");
ABSL_FLAG(int, max_threads, 0, "threads in all (ResourceQuota)");
ABSL_FLAG(bool, minimal_stack, false, "GRPC_ARG_MINIMAL_STACK");
ABSL_FLAG(bool, no_channelz, false, "GRPC_ARG_ENABLE_CHANNELZ 0");
ABSL_FLAG(bool, no_bdp_probe, false, "GRPC_ARG_HTTP2_BDP_PROBE 0");
ABSL_FLAG(bool, throughput, false, "grpc.optimization_target throughput");
ABSL_FLAG(bool, no_deadlock_detection, false, "of Abseil's mutexes");

namespace {

using Builder = grpc::ServerBuilder;

class Service final : public kv::v1::KeyValueService::Service {
  grpc::Status Get(grpc::ServerContext* /*context*/,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(request->key());
    if (found == entries_.end()) {
      return {grpc::StatusCode::NOT_FOUND, "no such key"};
    }
    *response->mutable_entry() = found->second;
    return grpc::Status::OK;
  }

  grpc::Status Put(grpc::ServerContext* /*context*/,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    kv::v1::Entry& entry = entries_[request->key()];
    entry.set_key(request->key());
    entry.set_value(request->value());
    entry.set_revision(++revision_);
    response->set_revision(revision_);
    return grpc::Status::OK;
  }

  std::mutex mutex_;
  std::map<std::string, kv::v1::Entry> entries_;
  std::int64_t revision_ = 0;
};

void Turn(Builder& builder) {
  const auto set = [&builder](const absl::Flag<int>& flag,
                              Builder::SyncServerOption option) {
    if (const int value = absl::GetFlag(flag); value > 0) {
      builder.SetSyncServerOption(option, value);
    }
  };
  set(FLAGS_queues, Builder::NUM_CQS);
  set(FLAGS_min_pollers, Builder::MIN_POLLERS);
  set(FLAGS_max_pollers, Builder::MAX_POLLERS);
  if (const int most = absl::GetFlag(FLAGS_max_threads); most > 0) {
    builder.SetResourceQuota(grpc::ResourceQuota().SetMaxThreads(most));
  }
  if (absl::GetFlag(FLAGS_minimal_stack)) {
    builder.AddChannelArgument(GRPC_ARG_MINIMAL_STACK, 1);
  }
  if (absl::GetFlag(FLAGS_no_channelz)) {
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  }
  if (absl::GetFlag(FLAGS_no_bdp_probe)) {
    builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  }
  if (absl::GetFlag(FLAGS_throughput)) {
    builder.AddChannelArgument("grpc.optimization_target", "throughput");
  }
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  // [deadlock]
  if (absl::GetFlag(FLAGS_no_deadlock_detection)) {
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  }
  // [deadlock]
  grpc::EnableDefaultHealthCheckService(absl::GetFlag(FLAGS_health));
  // Block the signal before gRPC starts threads, which inherit the mask.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  Service service;
  Builder builder;
  int port = 0;
  Turn(builder);
  const std::string listen = absl::GetFlag(FLAGS_listen);
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  const bool socket = absl::StartsWith(listen, "unix:");
  std::cout << "READY " << (socket ? listen : absl::StrCat("127.0.0.1:", port))
            << std::endl;
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(std::chrono::system_clock::now());
}
