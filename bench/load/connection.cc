#include "connection.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "measure.h"

namespace load {
namespace {

// The flow-control window, which is so large that no server ever waits for it.
constexpr std::int32_t kWindow = 1 << 30;

nghttp2_nv Header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {  // nghttp2 only reads it
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

}  // namespace

Connection::Connection(Transport transport, const Request& request,
                       std::function<void(const Reply&)> on_reply,
                       std::function<void(std::uint8_t)> on_frame)
    : transport_(std::move(transport)),
      request_(request),
      on_reply_(std::move(on_reply)),
      on_frame_(std::move(on_frame)),
      headers_{Header(":method", "POST"),
               Header(":scheme", "http"),
               Header(":path", request_.path),
               Header(":authority", "localhost"),
               Header("content-type", "application/grpc"),
               Header("te", "trailers"),
               Header("user-agent", "bench-load")} {
  if (!request_.token.empty()) {
    headers_.push_back(Header("token", request_.token));
  }
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
  nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 2> settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(),
                          settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        kWindow);
}

Connection::~Connection() { nghttp2_session_del(session_); }

void Connection::Call() {
  if (free_.empty()) free_.push_back(&streams_.emplace_back());
  Stream* stream = free_.back();
  free_.pop_back();
  stream->sent = 0;
  stream->reply.http_status = stream->reply.grpc_status = Reply::kNone;
  stream->reply.bytes = 0;
  stream->reply.first_bytes.clear();
  stream->reply.began_ns = SteadyNs();
  nghttp2_data_provider body{};
  body.source.ptr = stream;
  body.read_callback = ReadBody;
  nghttp2_submit_request(session_, nullptr, headers_.data(), headers_.size(),
                         &body, stream);
}

bool Connection::Advance() {
  static std::array<char, 1 << 18> buffer;
  for (;;) {
    const ssize_t count = transport_.Read(buffer.data(), buffer.size());
    if (count == Transport::kClosed) return false;
    if (count == 0) break;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.data());
    if (nghttp2_session_mem_recv(session_, bytes,
                                 static_cast<std::size_t>(count)) < 0) {
      return false;
    }
    // A short read means that the socket is empty, which saves a system call.
    // Over TLS it does not: a read returns one record, and more may follow.
    if (!transport_.tls() && static_cast<std::size_t>(count) < buffer.size()) {
      break;
    }
  }
  return Flush();
}

bool Connection::Flush() {
  out_.clear();
  for (;;) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t count = nghttp2_session_mem_send(session_, &bytes);
    if (count < 0) return false;
    if (count == 0) break;
    out_.append(reinterpret_cast<const char*>(bytes),
                static_cast<std::size_t>(count));
  }
  return transport_.Write(out_);
}

int Connection::OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                         const std::uint8_t* name, std::size_t name_size,
                         const std::uint8_t* value, std::size_t value_size,
                         std::uint8_t /*flags*/, void* /*self*/) {
  auto* stream = static_cast<Stream*>(
      nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
  if (stream == nullptr) return 0;
  const std::string_view header(reinterpret_cast<const char*>(name), name_size);
  const absl::string_view number(reinterpret_cast<const char*>(value),
                                 value_size);
  int* const place = header == ":status"       ? &stream->reply.http_status
                     : header == "grpc-status" ? &stream->reply.grpc_status
                                               : nullptr;
  if (place != nullptr && !absl::SimpleAtoi(number, place)) {
    *place = Reply::kNone;
  }
  return 0;
}

int Connection::OnFrame(nghttp2_session* /*session*/,
                        const nghttp2_frame* frame, void* self) {
  const auto& on_frame = static_cast<Connection*>(self)->on_frame_;
  if (on_frame && frame->hd.stream_id != 0 &&
      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
    on_frame(frame->hd.type);
  }
  return 0;
}

int Connection::OnData(nghttp2_session* session, std::uint8_t /*flags*/,
                       std::int32_t stream_id, const std::uint8_t* data,
                       std::size_t size, void* /*self*/) {
  auto* stream = static_cast<Stream*>(
      nghttp2_session_get_stream_user_data(session, stream_id));
  if (stream == nullptr) return 0;
  Reply& reply = stream->reply;
  reply.bytes += size;
  const std::size_t room = Reply::kMostKept - reply.first_bytes.size();
  reply.first_bytes.append(reinterpret_cast<const char*>(data),
                           std::min(size, room));
  return 0;
}

int Connection::OnClose(nghttp2_session* session, std::int32_t stream_id,
                        std::uint32_t error, void* self) {
  auto* connection = static_cast<Connection*>(self);
  auto* stream = static_cast<Stream*>(
      nghttp2_session_get_stream_user_data(session, stream_id));
  if (stream == nullptr) return 0;
  if (error != NGHTTP2_NO_ERROR) stream->reply.grpc_status = Reply::kNone;
  connection->on_reply_(stream->reply);
  connection->free_.push_back(stream);
  return 0;
}

ssize_t Connection::ReadBody(nghttp2_session* /*session*/,
                             std::int32_t /*stream*/, std::uint8_t* buffer,
                             std::size_t size, std::uint32_t* flags,
                             nghttp2_data_source* source, void* self) {
  const std::string& body = static_cast<Connection*>(self)->request_.body;
  auto* stream = static_cast<Stream*>(source->ptr);
  const std::size_t count = std::min(size, body.size() - stream->sent);
  std::copy_n(body.data() + stream->sent, count, buffer);
  stream->sent += count;
  if (stream->sent == body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

}  // namespace load
