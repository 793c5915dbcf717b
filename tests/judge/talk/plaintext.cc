#include "talk/plaintext.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ask/flags.h"

namespace judge {
namespace {

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr int kData = 0;
constexpr int kHeaders = 1;
constexpr int kSettings = 4;
constexpr int kEndStream = 1;
constexpr int kEndHeaders = 4;

std::string Big(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>((number >> (8 * i)) & 0xff);
  }
  return text;
}

// RFC 9113, section 4.1.
std::string Frame(int type, int flags, std::uint32_t stream,
                  const std::string& payload) {
  return absl::StrCat(Big(static_cast<std::uint32_t>(payload.size()), 3),
                      Big(static_cast<std::uint32_t>(type), 1),
                      Big(static_cast<std::uint32_t>(flags), 1), Big(stream, 4),
                      payload);
}

// RFC 7541, section 6.2.2: a literal field, not indexed, not compressed.
std::string Field(const std::string& key, const std::string& value) {
  return absl::StrCat(std::string(1, '\0'),
                      Big(static_cast<std::uint32_t>(key.size()), 1), key,
                      Big(static_cast<std::uint32_t>(value.size()), 1), value);
}

}  // namespace

Descriptor Connected(const std::string& address) {
  Descriptor descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  int port = 0;
  if (!absl::SimpleAtoi(address.substr(address.find(':') + 1), &port)) {
    return Descriptor();
  }
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool taken = connect(descriptor.get(), reinterpret_cast<sockaddr*>(&to),
                             sizeof to) == 0;
  return taken ? std::move(descriptor) : Descriptor();
}

bool AnswersInPlaintext(const std::string& address, const std::string& rpc,
                        const Metadata& metadata,
                        const google::protobuf::Message& request) {
  std::string fields = Field(":method", "POST") + Field(":scheme", "http") +
                       Field(":path", "/kv.v1.KeyValueService/" + rpc) +
                       Field(":authority", address) + Field("te", "trailers") +
                       Field("content-type", "application/grpc");
  for (const auto& [key, value] : metadata) fields += Field(key, value);
  const std::string message = request.SerializeAsString();
  const std::string all = absl::StrCat(
      kPreface, Frame(kSettings, 0, 0, ""),
      Frame(kHeaders, kEndHeaders, 1, fields),
      Frame(kData, kEndStream, 1,
            absl::StrCat(std::string(1, '\0'),
                         Big(static_cast<std::uint32_t>(message.size()), 4),
                         message)));
  const Descriptor connection = Connected(address);
  // Short enough for a single send(). A server may also close the connection.
  if (send(connection.get(), all.data(), all.size(), MSG_NOSIGNAL) < 0) {
    return false;
  }
  // Wait for the HEADERS of the response: once they arrive, the server has
  // handled the call.
  std::string got;
  std::array<char, 1 << 12> buffer;
  pollfd news{connection.get(), POLLIN, 0};
  const auto patience = static_cast<int>(absl::ToInt64Milliseconds(Patience()));
  while (poll(&news, 1, patience) > 0) {
    const auto count = recv(connection.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    got.append(buffer.data(), static_cast<std::size_t>(count));
    constexpr std::size_t kHead = 9;
    for (std::size_t at = 0; at + kHead <= got.size();) {
      if (got[at + 3] == kHeaders) return true;
      const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(
            static_cast<unsigned char>(got[at + i]));
      };
      at += kHead + (byte(0) << 16 | byte(1) << 8 | byte(2));
    }
  }
  return false;
}

}  // namespace judge
