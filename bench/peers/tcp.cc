// A plain TCP server, as the upper limit: it echoes or writes all the time.
//
//   tcp --listen=127.0.0.1:0
//
// If the first byte of a connection is F, the next four bytes are a size in
// little-endian order, and the server writes chunks of that size until the
// connection is closed. On any other connection it echoes what it receives.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "127.0.0.1:PORT");

namespace {

// Blocks while the peer does not read. Returns false when the connection is
// closed.
bool WriteAll(int peer, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = write(peer, bytes, size);
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

// Writes until the connection is closed, and serves no other one meanwhile: a
// measurement needs only one.
void Feed(int peer, const char* wish) {
  std::uint32_t size = 0;
  for (int i = 0; i < 4; ++i) {
    size |= static_cast<std::uint32_t>(static_cast<unsigned char>(wish[1 + i]))
            << (8 * i);
  }
  const std::string chunk(size, 'x');
  while (WriteAll(peer, chunk.data(), chunk.size())) {
  }
}

// Returns false when the connection is closed.
bool Answer(int peer) {
  static std::array<char, 1 << 16> buffer;
  const ssize_t count = read(peer, buffer.data(), buffer.size());
  if (count <= 0) return false;
  constexpr ssize_t kWish = 5;
  if (buffer[0] == 'F' && count == kWish) {
    Feed(peer, buffer.data());
    return false;
  }
  return WriteAll(peer, buffer.data(), static_cast<std::size_t>(count));
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { _exit(0); });  // async-signal-safe
  const std::string listen_on = absl::GetFlag(FLAGS_listen);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(
      std::stoi(listen_on.substr(listen_on.rfind(':') + 1))));
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = sizeof address;
  auto* bound = reinterpret_cast<sockaddr*>(&address);
  constexpr int kWaiting = 512;
  if (bind(listener, bound, size) != 0 || listen(listener, kWaiting) != 0 ||
      getsockname(listener, bound, &size) != 0) {
    std::cerr << "tcp: cannot listen on " << listen_on << "\n";
    return 1;
  }
  std::cout << "READY 127.0.0.1:" << ntohs(address.sin_port) << std::endl;

  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const auto follow = [epoll](int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
  };
  if (!follow(listener)) return 1;
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener) {
        const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int yes = 1;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        follow(peer);
      } else if (!Answer(descriptor)) {
        close(descriptor);
      }
    }
  }
}
