// A port that accepts connections with and without TLS, and distinguishes them
// by their first byte.
#ifndef WRONG_DOOR_H_
#define WRONG_DOOR_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <thread>

namespace wrong {

/// Accepts connections for a server that has no listening port of its own.
class Door final {
 public:
  /// The server uses the credentials for connections that begin with TLS.
  Door(grpc::ServerBuilder& builder,
       const std::shared_ptr<grpc::ServerCredentials>& credentials);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  /// Stops accepting connections.
  ~Door();

  /// Starts accepting connections.
  void Open(grpc::Server& server);
  /// The port, on 127.0.0.1.
  int port() const { return port_; }

 private:
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  int listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace wrong

#endif  // WRONG_DOOR_H_
