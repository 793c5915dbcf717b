// An etcd cluster behind gRPC. Its members are alike to a client: each passes
// on what only the leader can do. So the client asks one of them, and another
// one after an error.
//
//   auto etcd = kv::EtcdClient::Create({"10.0.0.1:2379,10.0.0.2:2379", ...});
#ifndef ETCD_ETCD_CLIENT_H_
#define ETCD_ETCD_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "etcd/connect.h"
#include "etcdserverpb/rpc.grpc.pb.h"
#include "store/etcd.h"

namespace kv {

/// See Etcd. Statuses have gRPC's codes and etcd's words.
class EtcdClient final : public Etcd {
 public:
  /// Connects later. Fails if a file can't be used.
  static absl::StatusOr<std::unique_ptr<EtcdClient>> Create(
      const EtcdOptions& options);

  absl::StatusOr<Page> Read(const Range& range, std::int64_t limit,
                            std::int64_t revision,
                            Milliseconds timeout) override;
  absl::StatusOr<Outcome> Run(const Transaction& transaction,
                              Milliseconds timeout) override;
  absl::Status Watch(
      const Range& range,
      const std::function<void(const std::vector<Pair>&)>& receive) override;
  void Stop() override;

 private:
  struct Member {
    explicit Member(const std::shared_ptr<grpc::Channel>& channel)
        : kv(etcdserverpb::KV::NewStub(channel)),
          watch(etcdserverpb::Watch::NewStub(channel)),
          auth(etcdserverpb::Auth::NewStub(channel)) {}
    std::unique_ptr<etcdserverpb::KV::Stub> kv;
    std::unique_ptr<etcdserverpb::Watch::Stub> watch;
    std::unique_ptr<etcdserverpb::Auth::Stub> auth;
  };

  EtcdClient(std::vector<Member> members, EtcdUser user);
  void Prepare(grpc::ClientContext& context) const;
  absl::Status Authenticate(const Member& member, Milliseconds timeout);
  absl::Status Call(
      Milliseconds timeout,
      const std::function<grpc::Status(const Member&, grpc::ClientContext&)>&
          call);

  const std::vector<Member> members_;
  const EtcdUser user_;
  std::atomic<std::size_t> current_;  // the member that is asked
  mutable std::mutex mutex_;          // guards the members below
  std::string token_;
  bool stopped_ = false;
  grpc::ClientContext* watch_ = nullptr;  // while it runs
};

}  // namespace kv

#endif  // ETCD_ETCD_CLIENT_H_
