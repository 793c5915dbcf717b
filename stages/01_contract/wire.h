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

/// Splits a serialized message of any type into its fields, in the order of the
/// bytes. Returns INVALID_ARGUMENT, with the byte and the reason, if it is
/// broken.
absl::StatusOr<std::vector<WireField>> SplitFields(absl::string_view message);

/// Explains the fields that SplitFields() found, a line each: the bytes on the
/// left, their meaning on the right. `type` gives the fields their names; a
/// number that it does not have is called unknown.
std::string Annotate(const std::vector<WireField>& fields,
                     const google::protobuf::Descriptor& type);

/// Returns bytes as hex numbers of two digits, such as "0a 03".
std::string Hex(absl::string_view bytes);

/// Reads what Hex() writes; the spaces are optional. Returns INVALID_ARGUMENT,
/// with the text, if it is not hex.
absl::StatusOr<std::string> Unhex(absl::string_view text);

}  // namespace kv

#endif  // STAGE_WIRE_H_
