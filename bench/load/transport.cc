#include "transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace load {
namespace {

constexpr absl::string_view kUnix = "unix:";

// The socket address for connect().
struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&bytes);
  }
};

absl::StatusOr<Address> Parse(const std::string& address) {
  Address parsed;
  if (absl::StartsWith(address, kUnix)) {
    auto& local = reinterpret_cast<sockaddr_un&>(parsed.bytes);
    const std::string path = address.substr(kUnix.size());
    if (path.size() >= sizeof local.sun_path) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is too long"));
    }
    local.sun_family = AF_UNIX;
    path.copy(local.sun_path, path.size());
    parsed.size = sizeof local;
    return parsed;
  }
  auto& remote = reinterpret_cast<sockaddr_in&>(parsed.bytes);
  remote.sin_family = AF_INET;
  parsed.size = sizeof remote;
  const auto colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &remote.sin_addr) !=
          1 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError(
        absl::StrCat(address, " is not like 127.0.0.1:50051"));
  }
  remote.sin_port = htons(static_cast<std::uint16_t>(port));
  return parsed;
}

}  // namespace

absl::StatusOr<TlsContext> TrustOnly(const std::string& ca_file) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) !=
      1) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", ca_file));
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp2, sizeof kHttp2);
  return context;
}

absl::StatusOr<Transport> Transport::Connect(const std::string& address,
                                             SSL_CTX* tls) {
  const auto parsed = Parse(address);
  if (!parsed.ok()) return parsed.status();
  Transport made(
      socket(parsed->get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (made.descriptor_ < 0 ||
      connect(made.descriptor_, parsed->get(), parsed->size) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot connect to ", address));
  }
  const int yes = 1;  // has no effect on a Unix socket
  setsockopt(made.descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (tls != nullptr) {
    made.ssl_.reset(SSL_new(tls));
    const auto host = address.substr(0, address.rfind(':'));
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(made.ssl_.get()),
                                  host.c_str());
    SSL_set_fd(made.ssl_.get(), made.descriptor_);
    if (SSL_connect(made.ssl_.get()) != 1) {
      return absl::UnavailableError(
          absl::StrCat("no TLS with ", address, ": ",
                       ERR_reason_error_string(ERR_peek_last_error())));
    }
  }
  fcntl(made.descriptor_, F_SETFL, O_NONBLOCK);
  return made;
}

Transport::Transport(Transport&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      ssl_(std::move(other.ssl_)) {}

Transport::~Transport() {
  if (descriptor_ >= 0) close(descriptor_);
}

ssize_t Transport::Read(char* buffer, std::size_t size) {
  if (ssl_ == nullptr) {
    const auto count = read(descriptor_, buffer, size);
    if (count > 0) return count;
    return count < 0 && errno == EAGAIN ? 0 : kClosed;
  }
  const int count = SSL_read(ssl_.get(), buffer, static_cast<int>(size));
  if (count > 0) return count;
  return SSL_get_error(ssl_.get(), count) == SSL_ERROR_WANT_READ ? 0 : kClosed;
}

bool Transport::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ssl_ == nullptr
                           ? write(descriptor_, bytes.data(), bytes.size())
                           : SSL_write(ssl_.get(), bytes.data(),
                                       static_cast<int>(bytes.size()));
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    const bool full =
        ssl_ == nullptr ? errno == EAGAIN
                        : SSL_get_error(ssl_.get(), static_cast<int>(count)) ==
                              SSL_ERROR_WANT_WRITE;
    if (!full) return false;
    pollfd room{descriptor_, POLLOUT, 0};
    poll(&room, 1, -1);
  }
  return true;
}

}  // namespace load
