#include "wire.h"

#include <google/protobuf/io/coded_stream.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace kv {
namespace {

using google::protobuf::io::CodedInputStream;

const char* Name(WireType type) {
  switch (type) {
    case WireType::kVarint:
      return "VARINT";
    case WireType::kI64:
      return "I64";
    case WireType::kLen:
      return "LEN";
    case WireType::kI32:
      return "I32";
  }
  return "?";
}

absl::Status Broken(int at, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("byte ", at, ": ", why));
}

std::string Line(absl::string_view bytes, absl::string_view meaning) {
  return absl::StrFormat("  %-20s %s\n", Hex(bytes), meaning);
}

}  // namespace

absl::StatusOr<std::vector<WireField>> SplitFields(absl::string_view message) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(message.data());
  CodedInputStream in(data, static_cast<int>(message.size()));
  const auto from = [&](int start) {
    return std::string(message.substr(start, in.CurrentPosition() - start));
  };

  std::vector<WireField> fields;
  while (in.CurrentPosition() < static_cast<int>(message.size())) {
    const int start = in.CurrentPosition();
    // [tag]
    std::uint64_t tag = 0;
    if (!in.ReadVarint64(&tag)) return Broken(start, "the tag is cut off");
    WireField field;
    field.tag = from(start);
    if (tag >> 3 == 0 ||
        tag >> 3 > google::protobuf::FieldDescriptor::kMaxNumber) {
      return Broken(start, absl::StrCat(tag >> 3, " is not a field number"));
    }
    field.number = static_cast<int>(tag >> 3);
    field.type = static_cast<WireType>(tag & 7);
    // [tag]

    const int value_start = in.CurrentPosition();
    std::uint64_t size = 0;
    switch (field.type) {
      case WireType::kVarint:
        if (!in.ReadVarint64(&field.varint)) {
          return Broken(value_start, "the number is cut off or over 10 bytes");
        }
        field.value = from(value_start);
        fields.push_back(std::move(field));
        continue;
      case WireType::kI64:
        size = 8;
        break;
      case WireType::kI32:
        size = 4;
        break;
      case WireType::kLen:
        if (!in.ReadVarint64(&size))
          return Broken(value_start, "the length is cut off");
        field.length = from(value_start);
        break;
      default:
        return Broken(start, absl::StrCat("wire type ", tag & 7,
                                          " is not used in proto3"));
    }
    const std::uint64_t left = message.size() - in.CurrentPosition();
    if (size > left || !in.ReadString(&field.value, static_cast<int>(size))) {
      return Broken(value_start,
                    absl::StrCat("the value is ", size, " bytes long, but ",
                                 left, " are left"));
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

std::string Annotate(const std::vector<WireField>& fields,
                     const google::protobuf::Descriptor& type) {
  std::string out;
  for (const WireField& field : fields) {
    const auto* known = type.FindFieldByNumber(field.number);
    absl::StrAppend(
        &out, Line(field.tag,
                   absl::StrFormat(
                       "tag: field %d (%s), wire type %d (%s)", field.number,
                       known == nullptr ? "unknown" : known->name(),
                       static_cast<int>(field.type), Name(field.type))));
    if (field.type == WireType::kLen) {
      absl::StrAppend(&out, Line(field.length,
                                 absl::StrCat("length: ", field.value.size())));
    }
    const std::string value =
        field.type == WireType::kVarint ? absl::StrCat(field.varint)
        : field.type == WireType::kLen
            ? absl::StrCat("\"", absl::CHexEscape(field.value), "\"")
            : absl::StrCat(field.value.size(), " bytes, little-endian");
    absl::StrAppend(&out, Line(field.value, absl::StrCat("value: ", value)));
  }
  return out;
}

std::string Hex(absl::string_view bytes) {
  std::string out;
  for (const unsigned char byte : bytes) {
    absl::StrAppend(&out, out.empty() ? "" : " ",
                    absl::Hex(byte, absl::kZeroPad2));
  }
  return out;
}

absl::StatusOr<std::string> Unhex(absl::string_view text) {
  const std::string digits = absl::StrReplaceAll(text, {{" ", ""}});
  for (const unsigned char c : digits) {
    if (!absl::ascii_isxdigit(c)) {
      return absl::InvalidArgumentError(
          absl::StrCat("not hex: \"", absl::CHexEscape(text), "\""));
    }
  }
  if (digits.size() % 2 != 0) {
    return absl::InvalidArgumentError(
        "an odd number of hex digits: half a byte is missing");
  }
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(
        static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

}  // namespace kv
