// How several wrong servers share one store: its changes are a log in etcd.
#ifndef WRONG_SHARED_LOG_H_
#define WRONG_SHARED_LOG_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "etcdserverpb/rpc.grpc.pb.h"
#include "kv/v1/kv.pb.h"
#include "wrong/store.h"

namespace wrong {

/// The log in the etcd of --etcd, and the store as a copy of it. A key of etcd
/// holds the changes of one call, and has the revision of the first one in its
/// name. All functions hold the store's lock until etcd has answered, so nobody
/// ever sees a change that is not in the log.
class SharedLog final {
 public:
  /// What a call does to the store, and to its own response.
  using Work = std::function<grpc::Status()>;

  /// Connects to etcd. The store must outlive this object.
  explicit SharedLog(Store& store);
  SharedLog(const SharedLog&) = delete;
  SharedLog& operator=(const SharedLog&) = delete;
  /// Call it once the store stops.
  ~SharedLog();

  /// Whether --etcd is given.
  static bool Wanted();

  /// Reads the whole log. Returns why that failed, or nothing.
  std::string Load();
  /// The store's name.
  const std::string& name() const { return name_; }

  /// Reads what other servers have written.
  grpc::Status CatchUp();
  /// Does this work, and puts its changes into the log. Does the work again
  /// when another server was faster. `from_memory` is a mistake: the work does
  /// not see what other servers have just written.
  grpc::Status Do(const Work& work, bool from_memory = false);
  /// A mistake: does this work in the next Do(), which is too late.
  void Later(const Work& work);

 private:
  using Changes = std::vector<kv::v1::WatchResponse>;

  grpc::Status Read();
  grpc::Status Append(const Changes& changes, bool* taken);
  grpc::Status Try(const Work& work, bool from_memory, bool* taken);
  std::string KeyOf(std::int64_t revision) const;
  void Poll();

  Store& store_;
  const std::string prefix_;
  const std::unique_ptr<etcdserverpb::KV::Stub> etcd_;
  std::string name_;
  // The store's lock guards these.
  bool differs_ = false;  // whether the store is no longer a copy of the log
  bool was_silent_ = false;
  std::vector<Work> later_;
  std::thread polls_;
};

}  // namespace wrong

#endif  // WRONG_SHARED_LOG_H_
