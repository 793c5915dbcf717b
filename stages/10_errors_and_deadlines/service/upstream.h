// A second hop: answers reads from another server.
//
//   caller --> this server --> upstream
//
// The upstream call ends with the caller's: at its deadline, and when the
// caller cancels. Nothing else is passed on, not even the token: this server
// has checked the caller, and calls the upstream as itself.
#ifndef SERVICE_UPSTREAM_H_
#define SERVICE_UPSTREAM_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <set>

#include "kv/v1/kv.grpc.pb.h"

namespace kv {

/// Answers Get, List and Watch. The other rpcs write, and answer UNIMPLEMENTED.
/// Errors are the upstream's, with their details. Thread-safe.
class Upstream final : public v1::KeyValueService::Service {
 public:
  /// `channel` leads to the other server, with this server's own credentials.
  explicit Upstream(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::KeyValueService::NewStub(channel)) {}

  /// See kv.proto.
  grpc::Status Get(grpc::ServerContext* context, const v1::GetRequest* request,
                   v1::GetResponse* response) override;

  /// Sends on each message as it comes.
  grpc::Status List(grpc::ServerContext* context,
                    const v1::ListRequest* request,
                    grpc::ServerWriter<v1::ListResponse>* writer) override;

  /// As List(), after the upstream's initial metadata.
  grpc::Status Watch(grpc::ServerContext* context,
                     const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override;

  /// Ends all Watches with UNAVAILABLE, the running ones and those to come.
  void EndWatches();

 private:
  // Sends on each change until the Watch ends, or EndWatches() is called.
  grpc::Status SendChanges(grpc::ClientContext& call,
                           grpc::ClientReader<v1::WatchResponse>& reader,
                           grpc::ServerWriter<v1::WatchResponse>& writer);

  const std::unique_ptr<v1::KeyValueService::Stub> stub_;
  std::mutex mutex_;  // for all below
  bool ended_ = false;
  std::set<grpc::ClientContext*> watches_;
};

}  // namespace kv

#endif  // SERVICE_UPSTREAM_H_
