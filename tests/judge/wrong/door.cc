#include "wrong/door.h"

#include <fcntl.h>
#include <grpcpp/server_posix.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace wrong {

Door::Door(grpc::ServerBuilder& builder,
           const std::shared_ptr<grpc::ServerCredentials>& credentials)
    : acceptor_(builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::
              FROM_FD,
          credentials)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const raw = reinterpret_cast<sockaddr*>(&name);
  socklen_t size = sizeof name;
  if (bind(listener_, raw, size) == 0 && listen(listener_, SOMAXCONN) == 0 &&
      getsockname(listener_, raw, &size) == 0) {
    port_ = ntohs(name.sin_port);
  }
}

Door::~Door() {
  shutdown(listener_, SHUT_RDWR);  // makes accept() in the thread return
  if (thread_.joinable()) thread_.join();
  close(listener_);
}

void Door::Open(grpc::Server& server) {
  thread_ = std::thread([this, &server] {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      char first = 0;
      recv(connection, &first, 1, MSG_PEEK);  // the client always sends first
      fcntl(connection, F_SETFL, O_NONBLOCK);
      constexpr char kTlsHandshake = 0x16;
      if (first == kTlsHandshake) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
            with;
        with.listener_fd = -1;
        with.fd = connection;
        acceptor_->HandleNewConnection(&with);
      } else {
        grpc::AddInsecureChannelFromFd(&server, connection);
      }
    }
  });
}

}  // namespace wrong
