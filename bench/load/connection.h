// An HTTP/2 connection that makes concurrent gRPC calls with as little work per
// call as possible: the load generator must be faster than the server that it
// measures.
//
// Not thread-safe.
#ifndef BENCH_LOAD_CONNECTION_H_
#define BENCH_LOAD_CONNECTION_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "transport.h"

namespace load {

// The request that every call of a connection sends.
struct Request {
  std::string path;   // for example /kv.v1.KeyValueService/Get
  std::string body;   // the messages, each with its five-byte prefix
  std::string token;  // sent as metadata `token`, unless empty
};

// The result of one call.
struct Reply {
  static constexpr int kNone = -1;
  static constexpr std::size_t kMostKept = 4096;

  int http_status = kNone;
  int grpc_status = kNone;
  std::uint64_t bytes = 0;    // in all messages, with their prefixes
  std::string first_bytes;    // the first kMostKept of these bytes
  std::int64_t began_ns = 0;  // on the steady clock
};

class Connection final {
 public:
  // `request` must outlive the connection. The connection calls `on_frame` with
  // the type of each frame of a response except the last, and `on_reply` when a
  // call ends; `on_reply` may Call() again.
  Connection(Transport transport, const Request& request,
             std::function<void(const Reply&)> on_reply,
             std::function<void(std::uint8_t)> on_frame = nullptr);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int descriptor() const { return transport_.descriptor(); }

  // Begins one more call. The next Flush() sends it.
  void Call();

  // Advance() reads what has arrived, then does a Flush(), which sends what is
  // waiting. Both return false when the connection is closed.
  bool Advance();
  bool Flush();

 private:
  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t flags, void* self);
  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame,
                     void* self);
  static int OnData(nghttp2_session* session, std::uint8_t flags,
                    std::int32_t stream, const std::uint8_t* data,
                    std::size_t size, void* self);
  static int OnClose(nghttp2_session* session, std::int32_t stream,
                     std::uint32_t error, void* self);
  static ssize_t ReadBody(nghttp2_session* session, std::int32_t stream,
                          std::uint8_t* buffer, std::size_t size,
                          std::uint32_t* flags, nghttp2_data_source* source,
                          void* self);

  struct Stream {
    std::size_t sent = 0;
    Reply reply;
  };

  Transport transport_;
  const Request& request_;
  const std::function<void(const Reply&)> on_reply_;
  const std::function<void(std::uint8_t)> on_frame_;
  std::vector<nghttp2_nv> headers_;
  std::deque<Stream> streams_;
  std::vector<Stream*> free_;  // elements of streams_ that can be reused
  nghttp2_session* session_ = nullptr;
  std::string out_;
};

}  // namespace load

#endif  // BENCH_LOAD_CONNECTION_H_
