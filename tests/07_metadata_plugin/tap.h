// A proxy that forwards bytes to a server and keeps what the client has sent.
#ifndef TEST_TAP_H_
#define TEST_TAP_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

/// Serves one connection.
class Tap final {
 public:
  /// Forwards to the server at this port of 127.0.0.1.
  explicit Tap(std::uint16_t port)
      : port_(port), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    good_ = bind(listener_, any, size) == 0 && listen(listener_, 1) == 0 &&
            getsockname(listener_, any, &size) == 0;
    target_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    passing_ = std::thread([this] { Pass(); });
  }
  ~Tap() {
    shutdown(listener_, SHUT_RDWR);  // if nobody has called
    passing_.join();
    close(listener_);
  }
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  const std::string& target() const { return target_; }

  /// What the client has sent so far.
  std::string sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  static sockaddr_in Loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void Pass() {
    const int client = good_ ? accept(listener_, nullptr, nullptr) : -1;
    if (client < 0) return;
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = Loopback(port_);
    bool open = connect(server, reinterpret_cast<const sockaddr*>(&address),
                        sizeof address) == 0;
    while (open) {
      std::array<pollfd, 2> both{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
      open = poll(both.data(), both.size(), /*timeout=*/-1) > 0;
      if (open && both[0].revents != 0) open = Copy(client, server, true);
      if (open && both[1].revents != 0) open = Copy(server, client, false);
    }
    close(client);
    close(server);
  }

  bool Copy(int from, int to, bool keep) {
    std::array<char, 4096> bytes{};
    const ssize_t got = recv(from, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    if (keep) {
      const std::lock_guard lock(mutex_);
      sent_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    ssize_t done = 0;
    while (done < got) {
      const ssize_t gone =
          send(to, bytes.data() + done, static_cast<std::size_t>(got - done),
               MSG_NOSIGNAL);
      if (gone <= 0) return false;
      done += gone;
    }
    return true;
  }

  const std::uint16_t port_;
  const int listener_;
  bool good_ = false;
  std::string target_;
  mutable std::mutex mutex_;
  std::string sent_;  // guarded by mutex_
  std::thread passing_;
};

#endif  // TEST_TAP_H_
