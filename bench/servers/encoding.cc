#include "encoding.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {
namespace {

using google::protobuf::io::CodedOutputStream;

// A tag is the field's number, then the wire type in three bits: 2 for bytes, 0
// for a varint.
constexpr std::uint8_t kResponseEntry = 1 << 3 | 2;
constexpr std::uint8_t kEntryKey = 1 << 3 | 2;
constexpr std::uint8_t kEntryValue = 2 << 3 | 2;
constexpr std::uint8_t kEntryRevision = 3 << 3 | 0;

// Proto3 does not send a field that is empty or 0.
std::size_t Size(const std::string& bytes) {
  if (bytes.empty()) return 0;
  return 1 + CodedOutputStream::VarintSize32(bytes.size()) + bytes.size();
}

std::size_t Size(std::int64_t number) {
  return number == 0 ? 0 : 1 + CodedOutputStream::VarintSize64(number);
}

std::uint8_t* Write(std::uint8_t tag, const std::string& bytes,
                    std::uint8_t* at) {
  if (bytes.empty()) return at;
  *at++ = tag;
  at = CodedOutputStream::WriteVarint32ToArray(bytes.size(), at);
  return CodedOutputStream::WriteStringToArray(bytes, at);
}

std::uint8_t* Write(std::uint8_t tag, std::int64_t number, std::uint8_t* at) {
  if (number == 0) return at;
  *at++ = tag;
  return CodedOutputStream::WriteVarint64ToArray(number, at);
}

}  // namespace

grpc::Slice EncodeGetResponse(const kv::Entry& entry) {
  const std::size_t size =
      Size(entry.key) + Size(entry.value) + Size(entry.revision);
  grpc::Slice slice(1 + CodedOutputStream::VarintSize32(size) + size);
  // Nothing else refers to the slice yet, so we may write to it, as gRPC does.
  auto* at = const_cast<std::uint8_t*>(slice.begin());
  *at++ = kResponseEntry;
  at = CodedOutputStream::WriteVarint32ToArray(size, at);
  at = Write(kEntryKey, entry.key, at);
  at = Write(kEntryValue, entry.value, at);
  Write(kEntryRevision, entry.revision, at);
  return slice;
}

}  // namespace bench
