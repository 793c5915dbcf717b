// Stage 02: keys, values and calls that the server rejects without changing
// anything.
#include "questions/all.h"

namespace judge {
namespace {

constexpr char kPut[] = "/kv.v1.KeyValueService/Put";

void EmptyKey(ServerTalk& talk) {
  talk.LookAt(
      "check the key in every rpc that takes one, and name the wrong field in "
      "the message");
  const std::int64_t revision = talk.Revision();
  talk.Get("").Fails(StatusCode::INVALID_ARGUMENT, "key");
  talk.Put("", "1").Fails(StatusCode::INVALID_ARGUMENT, "key");
  talk.Delete("").Fails(StatusCode::INVALID_ARGUMENT, "key");
  talk.RevisionStays(revision);
}

void LongKey(ServerTalk& talk) {
  talk.LookAt("a key may have 512 bytes. Count bytes, not characters");
  std::string key = talk.Key("/");
  key.resize(kMaxKeyBytes - 2, 'x');
  key += "\u00e9";  // two bytes of UTF-8, one character
  talk.Delete(key).IsOk();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Get(key).Is(Found(key, "1", revision + 1));

  talk.LookAt(
      "a key of 513 bytes is too long: INVALID_ARGUMENT from every rpc that "
      "takes a key");
  key += "x";
  talk.Get(key).Fails(StatusCode::INVALID_ARGUMENT, "key");
  talk.Put(key, "1").Fails(StatusCode::INVALID_ARGUMENT, "key");
  talk.Delete(key).Fails(StatusCode::INVALID_ARGUMENT, "key");
  talk.RevisionStays(revision + 1);
}

void LongValue(ServerTalk& talk) {
  talk.LookAt(
      "a value of 1048577 bytes is too long. Check its size before you store "
      "it");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, std::string(kMaxValueBytes + 1, 'x'))
      .Fails(StatusCode::INVALID_ARGUMENT, "value");
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision);
}

// We write these bytes by hand, because generated code logs an error when it
// serializes such a key.
void KeyNotUtf8(ServerTalk& talk) {
  talk.LookAt(
      "a proto3 `string` is UTF-8, and generated code rejects anything else. "
      "Do not parse the message by hand");
  const std::int64_t revision = talk.Revision();
  const auto reply = talk.CallRaw(kPut, "\x0a\x02\xff\xfe\x12\x01\x31",
                                  R"(Put {key: "\xff\xfe" value: "1"})");
  const StatusCode code = reply.status().error_code();
  // The callback API of gRPC C++ answers a message that it can't parse with
  // UNIMPLEMENTED.
  const bool rejected = code == StatusCode::INTERNAL ||
                        code == StatusCode::INVALID_ARGUMENT ||
                        code == StatusCode::UNIMPLEMENTED;
  talk.Expect(rejected, "INTERNAL, INVALID_ARGUMENT or UNIMPLEMENTED",
              reply.Got());
  talk.RevisionStays(revision);
}

void MessageTooLarge(ServerTalk& talk) {
  talk.LookAt("gRPC rejects a message over 4 MiB. Keep that limit",
              "SetMaxReceiveMessageSize()");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, std::string(5 << 20, 'x'))
      .Fails(StatusCode::RESOURCE_EXHAUSTED);
  talk.LookAt("a bad call must not end the server or break the next call");
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision);
}

void UnknownMethod(ServerTalk& talk) {
  talk.LookAt(
      "gRPC answers UNIMPLEMENTED for a method that is not registered. Do you "
      "have a generic service or a catch-all handler?");
  talk.CallRaw("/kv.v1.KeyValueService/Rename", "",
               "Rename {}, which the contract does not have")
      .Fails(StatusCode::UNIMPLEMENTED);
  talk.CallRaw("/kv.v2.KeyValueService/Get", "", "Get {} of another service")
      .Fails(StatusCode::UNIMPLEMENTED);
}

}  // namespace

std::vector<ServerQuestion> LimitQuestions() {
  return {
      {"empty_key", "an empty key is INVALID_ARGUMENT", 2, EmptyKey},
      {"long_key", "a key may have 512 bytes, not 513", 2, LongKey},
      {"long_value", "a value may have 1 MiB, not one byte more", 2, LongValue},
      {"key_not_utf8", "a key that is not UTF-8 is rejected", 2, KeyNotUtf8},
      {"large_message", "a message over 4 MiB is RESOURCE_EXHAUSTED", 2,
       MessageTooLarge},
      {"unknown_method", "an unknown method is UNIMPLEMENTED", 2,
       UnknownMethod},
  };
}

}  // namespace judge
