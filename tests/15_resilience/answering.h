// A server whose answers a test chooses.
#ifndef TESTS_15_RESILIENCE_ANSWERING_H_
#define TESTS_15_RESILIENCE_ANSWERING_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"

namespace answering {

// The server of a channel, as a test wants it.
class Server final : public kv::v1::KeyValueService::Service {
 public:
  Server() {
    grpc::EnableDefaultHealthCheckService(true);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address = "127.0.0.1:" + std::to_string(port);
    Serving(true);
  }
  ~Server() override { server_->Shutdown(std::chrono::system_clock::now()); }

  // What health says.
  void Serving(bool serving) {
    server_->GetHealthCheckService()->SetServingStatus("kv.v1.KeyValueService",
                                                       serving);
  }

  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    return Answer(*context);
  }
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    return Answer(*context);
  }

  std::string address;
  std::atomic<int> failures = 0;      // so many calls fail from now on
  std::atomic<bool> headers = false;  // whether headers come before an answer
  std::atomic<int> calls = 0;         // that have arrived

  // How much time the last call had.
  std::atomic<std::chrono::milliseconds> left = std::chrono::milliseconds(0);

  // The metadata grpc-previous-rpc-attempts of all calls, in order.
  std::vector<std::string> attempts() {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  // The clients' addresses, one for each connection.
  std::set<std::string> connections() {
    const std::lock_guard lock(mutex_);
    return peers_;
  }

 private:
  grpc::Status Answer(grpc::ServerContext& context) {
    ++calls;
    left = std::chrono::duration_cast<std::chrono::milliseconds>(
        context.deadline() - std::chrono::system_clock::now());
    {
      const std::lock_guard lock(mutex_);
      const auto& metadata = context.client_metadata();
      const auto previous = metadata.find("grpc-previous-rpc-attempts");
      attempts_.push_back(
          previous == metadata.end()
              ? ""
              : std::string(previous->second.data(), previous->second.size()));
      peers_.insert(context.peer());
    }
    if (headers) context.AddInitialMetadata("kv-hello", "1");
    if (failures > 0) {
      --failures;
      return {grpc::StatusCode::UNAVAILABLE, "not now"};
    }
    return grpc::Status::OK;
  }

  std::mutex mutex_;  // guards the members below
  std::vector<std::string> attempts_;
  std::set<std::string> peers_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace answering

#endif  // TESTS_15_RESILIENCE_ANSWERING_H_
