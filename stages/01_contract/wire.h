// Takes the bytes of a protobuf message apart, without the .proto.
//
//   auto fields = kv::SplitFields(entry.SerializeAsString());
//   for (const kv::WireField& field : *fields) ...
//
// The rules are those of https://protobuf.dev/programming-guides/encoding: a
// message is a row of fields, each a tag (field number and wire type in one
// number) and a value. Names and types are not on the wire; they stand in the
// contract alone.
#ifndef STAGE_WIRE_H_
#define STAGE_WIRE_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kv {

/// How the bytes after a tag are to be read.
enum class WireType {
  kVarint = 0,  ///< 7 bits a byte, the lowest first: integers, bool, enum.
  kI64 = 1,     ///< 8 bytes: fixed64, double.
  kLen = 2,     ///< A length, then so many bytes: string, bytes, messages.
  kI32 = 5,     ///< 4 bytes: fixed32, float.
};

/// One field as it lies on the wire.
struct WireField {
  int number = 0;                     ///< The field number of the tag.
  WireType type = WireType::kVarint;  ///< The wire type of the tag.
  std::string tag;                    ///< The tag's bytes.
  std::string length;                 ///< The length's bytes; kLen only.
  std::string value;                  ///< The value's bytes.
  std::uint64_t varint = 0;           ///< The value as a number; kVarint only.
};

/// Splits a serialized message into its fields, in the order they lie.
/// @param message the bytes; any message type.
/// @return the fields, or INVALID_ARGUMENT that says at which byte the message
///     is broken and why.
absl::StatusOr<std::vector<WireField>> SplitFields(absl::string_view message);

/// Explains fields line by line, bytes on the left, their meaning on the right.
/// @param fields what SplitFields() found.
/// @param type the message type that gives the fields their names; a number it
///     does not have is called unknown.
/// @return lines, each ended by a newline.
std::string Annotate(const std::vector<WireField>& fields,
                     const google::protobuf::Descriptor& type);

/// Writes bytes as two-digit hex numbers with spaces between.
/// @param bytes any bytes.
/// @return for example "0a 03".
std::string Hex(absl::string_view bytes);

/// Reads what Hex() writes; the spaces are optional.
/// @param text hex digits.
/// @return the bytes, or INVALID_ARGUMENT that shows what is not hex.
absl::StatusOr<std::string> Unhex(absl::string_view text);

}  // namespace kv

#endif  // STAGE_WIRE_H_
