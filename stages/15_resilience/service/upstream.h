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
#include "service/budget.h"
#include "service/service.h"

namespace kv {

/// Calls to the upstream that end when this server stops. Thread-safe.
class RunningCalls final {
 public:
  /// Adds a call, which must not be freed before Remove(). After End() it
  /// cancels the call.
  void Add(grpc::ClientContext& call);

  /// Removes a call that has ended with `status`. Returns what to tell the
  /// caller: after End(), that this server stops.
  grpc::Status Remove(grpc::ClientContext& call, const grpc::Status& status);

  /// Cancels all calls.
  void End();

 private:
  std::mutex mutex_;  // guards the members below
  std::set<grpc::ClientContext*> calls_;
  bool ended_ = false;
};

/// Answers Get, List and Watch. The other rpcs write, and answer UNIMPLEMENTED.
/// Errors are the upstream's, with their details. Thread-safe.
class Upstream final : public v1::KeyValueService::CallbackService {
 public:
  /// `channel` leads to the other server, with this server's own credentials.
  Upstream(const std::shared_ptr<grpc::Channel>& channel, const Limits& limits)
      : stub_(v1::KeyValueService::NewStub(channel)),
        calls_(limits.calls, limits.calls_per_user),
        watches_(limits.watches, limits.watches_per_user) {}

  /// See kv.proto.
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const v1::GetRequest* request,
                                v1::GetResponse* response) override;

  /// Sends on each message as it comes.
  grpc::ServerWriteReactor<v1::ListResponse>* List(
      grpc::CallbackServerContext* context,
      const v1::ListRequest* request) override;

  /// As List(), after the upstream's initial metadata.
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const v1::WatchRequest* request) override;

  /// Ends all Watches with UNAVAILABLE, the running ones and those to come.
  void EndWatches() { running_watches_.End(); }

 private:
  const std::unique_ptr<v1::KeyValueService::Stub> stub_;
  Budget calls_;
  Budget watches_;
  RunningCalls running_watches_;
};

}  // namespace kv

#endif  // SERVICE_UPSTREAM_H_
