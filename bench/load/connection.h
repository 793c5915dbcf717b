// An HTTP/2 connection that makes gRPC calls, several at a time, with as little
// work for each as can be: the load must cost less than what it measures.
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

// What is called, again and again.
struct Request {
  std::string path;   // like /kv.v1.KeyValueService/Get
  std::string body;   // one message with its five bytes of length
  std::string token;  // sent as metadata `token`, unless empty
};

// What came of one call.
struct Reply {
  static constexpr int kNone = -1;
  static constexpr std::size_t kMostKept = 4096;

  int http_status = kNone;
  int grpc_status = kNone;
  std::uint64_t bytes = 0;    // of all messages, with their lengths
  std::string first_bytes;    // the first kMostKept of them
  std::int64_t began_ns = 0;  // on the steady clock
};

class Connection final {
 public:
  // @param request must outlive the connection
  // @param on_headers told when the headers of a call are there
  // @param on_reply told of each call that ended; it may Call() again
  Connection(Transport transport, const Request& request,
             std::function<void(const Reply&)> on_reply,
             std::function<void()> on_headers = nullptr);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int descriptor() const { return transport_.descriptor(); }

  // Begins one more call. It leaves with the next Flush().
  void Call();

  // Takes what has arrived, and sends what is to be sent. False when the
  // connection is over.
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
  const std::function<void()> on_headers_;
  std::vector<nghttp2_nv> headers_;
  std::deque<Stream> streams_;
  std::vector<Stream*> free_;  // of them, to be used again
  nghttp2_session* session_ = nullptr;
  std::string out_;
};

}  // namespace load

#endif  // BENCH_LOAD_CONNECTION_H_
