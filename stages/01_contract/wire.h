// Decodes the bytes of a protobuf message without its .proto file.
//
//   auto fields = kv::SplitFields(entry.SerializeAsString());
//   for (const kv::WireField& field : *fields) ...
//
// The rules are those of https://protobuf.dev/programming-guides/encoding: a
// message is a sequence of fields. Each has a tag (field number and wire type
// in one number) and a value. Names and types are not on the wire, only in the
// contract.
#ifndef STAGE_WIRE_H_
#define STAGE_WIRE_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace kv {

/// How the bytes after a tag are encoded.
enum class WireType {
  kVarint = 0,  ///< 7 bits per byte, lowest first: integers, bool, enum.
  kI64 = 1,     ///< 8 bytes: fixed64, double.
  kLen = 2,     ///< A length, then the bytes: string, bytes, messages.
  kI32 = 5,     ///< 4 bytes: fixed32, float.
};

/// One field as it is encoded on the wire.
struct WireField {
  int number = 0;                     ///< The field number of the tag.
  WireType type = WireType::kVarint;  ///< The wire type of the tag.
  std::string tag;                    ///< The tag's bytes.
  std::string length;                 ///< The length's bytes; kLen only.
  std::string value;                  ///< The value's bytes.
  std::uint64_t varint = 0;           ///< The value as a number; kVarint only.
};

/// Splits a serialized message of any type into its fields, in the order in
/// which they are encoded. If the bytes are not a valid message, returns
/// INVALID_ARGUMENT with the position of the bad byte and the reason.
absl::StatusOr<std::vector<WireField>> SplitFields(absl::string_view message);

/// Explains the fields that SplitFields() found, one line for each part: the
/// bytes on the left, their meaning on the right. Field names are those of
/// `type`; a number that `type` does not have is called unknown.
std::string Annotate(const std::vector<WireField>& fields,
                     const google::protobuf::Descriptor& type);

/// Returns the bytes in hexadecimal, such as "0a 03".
std::string Hex(absl::string_view bytes);

/// Parses what Hex() returns; the spaces are optional. If the text is not
/// hexadecimal, returns INVALID_ARGUMENT with the reason.
absl::StatusOr<std::string> Unhex(absl::string_view text);

}  // namespace kv

#endif  // STAGE_WIRE_H_
