// A port that takes calls with TLS and without, by the first byte that comes.
#ifndef WRONG_DOOR_H_
#define WRONG_DOOR_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <thread>

namespace wrong {

/// Takes connections for a server that has no port of its own.
class Door final {
 public:
  /// The credentials are for those who begin with TLS.
  Door(grpc::ServerBuilder& builder,
       const std::shared_ptr<grpc::ServerCredentials>& credentials);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  /// Takes none any more.
  ~Door();

  /// Takes connections from here on.
  void Open(grpc::Server& server);
  /// Its port on 127.0.0.1.
  int port() const { return port_; }

 private:
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  int listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace wrong

#endif  // WRONG_DOOR_H_
