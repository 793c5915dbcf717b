// How a server reaches an etcd cluster, and as whom.
#ifndef ETCD_CONNECT_H_
#define ETCD_CONNECT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace kv {

/// Where a cluster is, and how to call it.
struct EtcdOptions {
  std::string members;    ///< HOST:PORT,HOST:PORT,… of at least one.
  std::string ca;         ///< PEM file with their CA; empty means no TLS.
  std::string cert;       ///< PEM file with our certificate; empty: none.
  std::string key;        ///< PEM file with its private key.
  std::string user_file;  ///< File with `USER:PASSWORD`; empty: no user.
};

/// A user of etcd's own.
struct EtcdUser {
  std::string name;      ///< Empty: none.
  std::string password;  ///< Not logged, and only sent over TLS.
};

/// Returns a channel to each member, in order. They connect later. Fails if a
/// file can't be read.
absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> ConnectToMembers(
    const EtcdOptions& options);

/// Reads `user_file`. Fails if it can't be read or has anything but one line
/// `USER:PASSWORD`; the error does not tell what it has.
absl::StatusOr<EtcdUser> ReadUser(const EtcdOptions& options);

}  // namespace kv

#endif  // ETCD_CONNECT_H_
