// A connected socket that does not block, with TLS or without.
//
// Not thread-safe. Errors of the connection end it: Read gives kClosed.
#ifndef BENCH_LOAD_TRANSPORT_H_
#define BENCH_LOAD_TRANSPORT_H_

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace load {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// Who is trusted; made once, for all connections.
using TlsContext = std::unique_ptr<SSL_CTX, FreeSsl>;

// @param ca_file a file of certificates, PEM
// @return INVALID_ARGUMENT if it can't be read
absl::StatusOr<TlsContext> TrustOnly(const std::string& ca_file);

class Transport final {
 public:
  static constexpr ssize_t kClosed = -1;

  // @param address HOST:PORT, the host in numbers; or unix:PATH
  // @param tls null: without TLS; else it must outlive the transport
  // @return UNAVAILABLE if nobody answers or the certificate is not trusted
  static absl::StatusOr<Transport> Connect(const std::string& address,
                                           SSL_CTX* tls);

  Transport(Transport&& other) noexcept;
  Transport& operator=(Transport&& other) = delete;
  ~Transport();

  int descriptor() const { return descriptor_; }
  bool tls() const { return ssl_ != nullptr; }

  // @return how many bytes were read, 0 if none are there yet, or kClosed
  ssize_t Read(char* buffer, std::size_t size);

  // Writes all of it, and waits where it must. False when the connection is
  // over.
  bool Write(std::string_view bytes);

 private:
  explicit Transport(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace load

#endif  // BENCH_LOAD_TRANSPORT_H_
