// A connected non-blocking socket, with or without TLS.
//
// Not thread-safe. An error closes the connection: Read() then returns kClosed.
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

// The CAs that a client trusts. Create it once, for all connections.
using TlsContext = std::unique_ptr<SSL_CTX, FreeSsl>;

// Trusts only the CAs in a PEM file. Returns INVALID_ARGUMENT if the file can't
// be read.
absl::StatusOr<TlsContext> TrustOnly(const std::string& ca_file);

class Transport final {
 public:
  static constexpr ssize_t kClosed = -1;

  // Connects to an address: HOST:PORT with a numeric host, or unix:PATH. If
  // `tls` is null the connection uses no TLS; otherwise `tls` must outlive the
  // transport. Returns UNAVAILABLE if nothing listens at the address or the
  // certificate is not trusted.
  static absl::StatusOr<Transport> Connect(const std::string& address,
                                           SSL_CTX* tls);

  Transport(Transport&& other) noexcept;
  Transport& operator=(Transport&& other) = delete;
  ~Transport();

  int descriptor() const { return descriptor_; }
  bool tls() const { return ssl_ != nullptr; }

  // Returns how many bytes were read, 0 if none have arrived yet, or kClosed.
  ssize_t Read(char* buffer, std::size_t size);

  // Writes all bytes, and blocks if necessary. Returns false when the
  // connection is closed.
  bool Write(std::string_view bytes);

 private:
  explicit Transport(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace load

#endif  // BENCH_LOAD_TRANSPORT_H_
