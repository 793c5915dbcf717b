// Tasks of stage 01: additions to the program that shows bytes.
#include <cstdint>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kv/v1/kv.pb.h"
#include "questions/all.h"

namespace judge {
namespace {

// In the format that `decode` reads.
std::string Hex(const google::protobuf::Message& message) {
  std::string hex;
  for (const char byte : message.SerializeAsString()) {
    absl::StrAppend(&hex, hex.empty() ? "" : " ",
                    absl::BytesToHexString(std::string(1, byte)));
  }
  return hex;
}

kv::v1::Entry MakeEntry(const std::string& key, const std::string& value,
                        std::int64_t revision) {
  kv::v1::Entry entry;
  entry.set_key(key);
  entry.set_value(value);
  entry.set_revision(revision);
  return entry;
}

void Encodes(ContractTalk& talk, const std::string& key,
             const std::string& value, std::int64_t revision) {
  const std::string hex = Hex(MakeEntry(key, value, revision));
  talk.Prints(
      {"encode", key, value, absl::StrCat(revision)},
      hex.empty() ? std::vector<std::string>() : std::vector<std::string>{hex});
}

void Encode(ContractTalk& talk) {
  talk.LookAt(
      "print the bytes of an Entry with this key, value and revision on one "
      "line, in the format that decode reads");
  Encodes(talk, "city", "Berlin", 1);
  talk.LookAt(
      "do not send a field that has its default value: no tag and no length");
  Encodes(talk, "city", "", 1);
  Encodes(talk, "city", "Berlin", 0);
  Encodes(talk, "", "", 0);
  talk.LookAt(
      "a varint has 7 bits in each byte, the lowest bits first. The highest "
      "bit of a byte says that more bytes follow");
  Encodes(talk, "city", "Berlin", 300);
  Encodes(talk, "city", "Berlin", std::numeric_limits<std::int64_t>::max());
  talk.LookAt("a length is a varint, too: from 128 on it has two bytes");
  Encodes(talk, std::string(127, 'k'), "", 0);
  Encodes(talk, std::string(200, 'k'), "", 0);
  talk.LookAt(
      "a negative int64 is sent as 64 bits, so its varint has ten bytes");
  Encodes(talk, "city", "Berlin", -1);
  talk.LookAt("a length counts bytes, not characters");
  Encodes(talk, "Z\u00fcrich", "", 0);
  talk.LookAt("the value is `bytes`, so it may be any bytes");
  Encodes(talk, "city", "\xff\xfe", 0);
  talk.LookAt(
      "the key is a `string`: no reader accepts it when it is not UTF-8. Print "
      "one line with an error instead of its bytes");
  talk.Refuses({"encode", "\xff", "1", "1"}, "key");
  talk.LookAt("reject a revision that is not an int64");
  talk.Refuses({"encode", "city", "Berlin", "new"}, "revision");
  talk.Refuses({"encode", "city", "Berlin", "9223372036854775808"}, "revision");
}

void Decodes(ContractTalk& talk, const google::protobuf::Message& message,
             const std::vector<std::string>& rows) {
  talk.Prints(
      {"decode", std::string(message.GetDescriptor()->name()), Hex(message)},
      rows);
}

void DecodeType(ContractTalk& talk) {
  kv::v1::DeleteResponse deleted;
  deleted.set_deleted(true);
  talk.LookAt(
      "the type of the field in kv.proto says what a varint means: 1 is true "
      "for a bool, and a name for an enum");
  Decodes(
      talk, deleted,
      {"08 tag: field 1 (deleted), wire type 0 (VARINT)", "01 value: true"});
  kv::v1::WatchResponse change;
  change.set_change_type(kv::v1::WatchResponse::CHANGE_TYPE_DELETE);
  Decodes(talk, change,
          {"08 tag: field 1 (change_type), wire type 0 (VARINT)",
           "02 value: CHANGE_TYPE_DELETE"});
  talk.LookAt("an enum may hold a number without a name: print the number");
  talk.Prints(
      {"decode", "WatchResponse", "08 07"},
      {"08 tag: field 1 (change_type), wire type 0 (VARINT)", "07 value: 7"});
  talk.LookAt("the highest bit of an int64 or int32 is its sign");
  kv::v1::PutResponse written;
  written.set_revision(-1);
  Decodes(talk, written,
          {"08 tag: field 1 (revision), wire type 0 (VARINT)",
           "ff ff ff ff ff ff ff ff ff 01 value: -1"});
  kv::v1::ListRequest list;
  list.set_limit(-2);
  Decodes(talk, list,
          {"10 tag: field 2 (limit), wire type 0 (VARINT)",
           "fe ff ff ff ff ff ff ff ff 01 value: -2"});
  talk.LookAt("a uint64 has no sign");
  talk.Prints({"decode", "PipelineRequest", "08 ffffffffffffffffff01"},
              {"08 tag: field 1 (id), wire type 0 (VARINT)",
               "ff ff ff ff ff ff ff ff ff 01 value: 18446744073709551615"});
  talk.LookAt(
      "when a field is a message, print its fields instead of its bytes");
  kv::v1::PipelineResponse answer;
  *answer.mutable_get_response()->mutable_entry() = MakeEntry("a", "", -1);
  Decodes(
      talk, answer,
      {"22 tag: field 4 (get_response), wire type 2 (LEN)", "10 length: 16",
       "0a tag: field 1 (entry), wire type 2 (LEN)", "0e length: 14",
       "0a tag: field 1 (key), wire type 2 (LEN)", "01 length: 1",
       "61 value: \"a\"", "18 tag: field 3 (revision), wire type 0 (VARINT)",
       "ff ff ff ff ff ff ff ff ff 01 value: -1"});
  talk.LookAt(
      "print the bytes of an unknown field as a value: without a type you "
      "can't decode them");
  talk.Prints({"decode", "GetResponse", "3a 02 08 01"},
              {"3a tag: field 7 (unknown), wire type 2 (LEN)", "02 length: 2",
               R"(08 01 value: "\x08\x01")"});
  talk.LookAt(
      "check the field number and the wire type before you decode a value: "
      "with another wire type it is not the field in kv.proto");
  talk.Prints({"decode", "GetResponse", "08 01"},
              {"08 tag: field 1 (entry), wire type 0 (VARINT)", "01 value: 1"});
  talk.LookAt(
      "when an inner message is broken, report that and print nothing of the "
      "message");
  talk.Refuses({"decode", "GetResponse", "0a 02 0a 05"}, "byte");
  talk.LookAt("name a type that is not in kv.proto in the error");
  talk.Refuses({"decode", "NoSuchType", "08 01"}, "NoSuchType");
  talk.LookAt("without a type decode an Entry, as before");
  talk.Prints(
      {"decode", "18 07"},
      {"18 tag: field 3 (revision), wire type 0 (VARINT)", "07 value: 7"});
}

}  // namespace

std::vector<ContractQuestion> ContractTasks() {
  return {
      {"encode", "encode KEY VALUE REVISION writes the bytes of an Entry", 1,
       Encode},
      {"any_message", "decode TYPE HEX decodes any message", 1, DecodeType},
  };
}

}  // namespace judge
