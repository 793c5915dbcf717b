#include "ask/text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace judge {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kColumns = 80;

// The size of the UTF-8 character that starts with this byte; 0 if none does.
std::size_t CharacterSize(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

bool LooksLikeUtf8(const std::string& bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t size =
        CharacterSize(static_cast<unsigned char>(bytes[i]));
    if (size == 0 || i + size > bytes.size()) return false;
    for (std::size_t rest = 1; rest < size; ++rest) {
      if ((bytes[i + rest] & 0xc0) != 0x80) return false;
    }
    i += size;
  }
  return true;
}

// Utf8SafeCHexEscape() does not escape bytes that are not UTF-8.
std::string Escaped(const std::string& bytes) {
  return LooksLikeUtf8(bytes) ? absl::Utf8SafeCHexEscape(bytes)
                              : absl::CHexEscape(bytes);
}

std::string Value(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return Quoted(reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Describe(reflection.GetMessage(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = reflection.GetEnumValue(message, &field);
      const auto* known = field.enum_type()->FindValueByNumber(number);
      return known == nullptr ? absl::StrCat(number)
                              : std::string(known->name());
    }
    default:
      return "?";  // a type that the contract does not use
  }
}

}  // namespace

std::string Quoted(const std::string& bytes, std::size_t longest) {
  if (bytes.size() <= longest) {
    return absl::StrCat("\"", Escaped(bytes), "\"");
  }
  constexpr std::size_t kRest = 24;  // room for the dots and the size
  return absl::StrFormat("\"%s...\" (%d bytes)",
                         absl::CHexEscape(bytes.substr(0, longest - kRest)),
                         bytes.size());
}

std::string Printable(const std::string& text, std::size_t longest) {
  std::size_t size = std::min(text.size(), longest);
  while (size < text.size() && size > 0 && (text[size] & 0xc0) == 0x80) --size;
  const bool utf8 = LooksLikeUtf8(text.substr(0, size));
  std::string shown;
  for (const char c : text.substr(0, size)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 ? utf8 : byte >= ' ' && byte != 0x7f;
    shown += plain ? std::string(1, c) : absl::CHexEscape(std::string(1, c));
  }
  if (size < text.size()) {
    absl::StrAppend(&shown, "... (", text.size(), " bytes)");
  }
  return shown;
}

std::string Describe(const Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  std::string text;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {  // of messages, in this contract
      const google::protobuf::Reflection& reflection = *message.GetReflection();
      for (int at = 0; at < reflection.FieldSize(message, &field); ++at) {
        absl::StrAppend(
            &text, text.empty() ? "" : " ", field.name(), ": ",
            Describe(reflection.GetRepeatedMessage(message, &field, at)));
      }
      continue;
    }
    // Also show a bool that is false, although it is not sent then.
    if (!message.GetReflection()->HasField(message, &field) &&
        field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) {
      continue;
    }
    absl::StrAppend(&text, text.empty() ? "" : " ", field.name(), ": ",
                    Value(message, field));
  }
  return absl::StrCat("{", text, "}");
}

std::string Json(const Message& message) {
  std::string json;
  // Can't fail: the message is one of ours.
  static_cast<void>(
      google::protobuf::util::MessageToJsonString(message, &json));
  return json + "\n";
}

bool Same(const Message& a, const Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

std::string Describe(const grpc::Status& status) {
  std::string name = CodeName(status.error_code());
  if (status.error_message().empty()) return name;
  return absl::StrCat(name, ": ", Printable(status.error_message()));
}

std::string Describe(const Metadata& metadata) {
  return absl::StrJoin(metadata, ", ", [](std::string* text, const auto& pair) {
    absl::StrAppend(text, pair.first, ": ", Quoted(pair.second));
  });
}

std::string CodeName(grpc::StatusCode code) {
  // Abseil has the same codes as gRPC, but no names for unknown ones.
  const auto name =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
  return name.empty() ? absl::StrCat("status ", code) : name;
}

std::string Paragraph(const std::string& label, const std::string& text) {
  constexpr std::size_t kIndent = 19;
  std::string lines;
  std::string line = absl::StrFormat("%9s%-10s", "", label);
  std::string word;
  for (const auto piece : absl::StrSplit(text, ' ')) {
    absl::StrAppend(&word, word.empty() ? "" : " ", piece);
    if (absl::EndsWith(piece, ":"))
      continue;  // keep a field and its value on one line
    if (line.size() > kIndent && line.size() + 1 + word.size() > kColumns) {
      absl::StrAppend(&lines, line, "\n");
      line = std::string(kIndent, ' ');
    }
    absl::StrAppend(&line, line.size() > kIndent ? " " : "", word);
    word.clear();
  }
  return absl::StrCat(lines, line, word.empty() ? "" : " ", word, "\n");
}

std::string Verbatim(const std::string& label, const std::string& text) {
  return absl::StrFormat("%9s%-10s%s\n", "", label, text);
}

absl::StatusOr<std::vector<std::string>> Words(const std::string& command) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : command) {
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) return absl::InvalidArgumentError("a quote is not closed");
  if (words.empty()) return absl::InvalidArgumentError("it is empty");
  return words;
}

}  // namespace judge
