#include "kinds.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/message_lite.h"
#include "kv/v1/kv.pb.h"

namespace load {
namespace {

constexpr std::size_t kLengthBytes = 5;  // the prefix of each gRPC message

// Returns a message with its prefix: a byte of 0 for "not compressed", then
// four bytes of length.
std::string Framed(const google::protobuf::MessageLite& message) {
  std::string length(kLengthBytes, '\0');
  for (std::size_t i = 0, size = message.ByteSizeLong(); i < 4; ++i) {
    length[kLengthBytes - 1 - i] = static_cast<char>(size >> (8 * i));
  }
  return length + message.SerializeAsString();
}

Request RequestOf(const std::string& method, std::string body,
                  const std::string& token) {
  return {absl::StrCat("/kv.v1.KeyValueService/", method), std::move(body),
          token};
}

std::string Key(int number) { return absl::StrFormat("bench/%06d", number); }

std::string Status(const Reply& reply) {
  if (reply.http_status == 200 && reply.grpc_status == 0) return "";
  return absl::StrCat("a call failed: HTTP status ", reply.http_status,
                      ", grpc-status ", reply.grpc_status);
}

// Checks the first reply with `look`, and that every other reply equals it.
auto Same(std::function<std::string(const Reply&)> look) {
  auto first = std::make_shared<std::optional<Reply>>();
  return [first, look = std::move(look)](const Reply& reply) -> std::string {
    if (!first->has_value()) {
      std::string wrong = look(reply);
      if (wrong.empty()) *first = reply;
      return wrong;
    }
    if (reply.http_status != (*first)->http_status ||
        reply.grpc_status != (*first)->grpc_status ||
        reply.bytes != (*first)->bytes ||
        reply.first_bytes != (*first)->first_bytes) {
      return absl::StrCat("replies differ: ", reply.bytes, " bytes, HTTP ",
                          reply.http_status, ", grpc-status ",
                          reply.grpc_status);
    }
    return "";
  };
}

bool IsFirstEntry(const Reply& reply, int value_bytes) {
  kv::v1::GetResponse response;
  return reply.bytes >= kLengthBytes &&
         response.ParseFromString(reply.first_bytes.substr(kLengthBytes)) &&
         response.entry().key() == Key(0) &&
         response.entry().value().size() ==
             static_cast<std::size_t>(value_bytes);
}

// Checks only the length of a List, which varies: a message may hold one entry
// or many, and a revision has one to five bytes.
std::string WrongList(const Reply& reply, int entries, int value_bytes) {
  if (std::string wrong = Status(reply); !wrong.empty()) return wrong;
  kv::v1::ListResponse one;
  kv::v1::Entry& entry = *one.add_entries();
  entry.set_key(Key(0));
  entry.set_value(std::string(value_bytes, 'v'));
  const auto least = one.ByteSizeLong() * entries;
  constexpr std::size_t kRevision = 8;
  if (reply.bytes < least ||
      reply.bytes > least + (kLengthBytes + kRevision) * entries) {
    return absl::StrCat("List gives ", reply.bytes, " bytes, not ", least);
  }
  return "";
}

Kind ImportOf(int entries, int value_bytes, const std::string& token) {
  std::string body;
  for (int i = 0; i < entries; ++i) {
    kv::v1::ImportRequest request;
    request.set_key(Key(i));
    request.set_value(std::string(static_cast<std::size_t>(value_bytes), 'v'));
    body += Framed(request);
  }
  return {RequestOf("Import", std::move(body), token),
          [entries](const Reply& reply) {
            kv::v1::ImportResponse response;
            std::string wrong = Status(reply);
            if (!wrong.empty()) return wrong;
            return reply.bytes > kLengthBytes &&
                           response.ParseFromString(
                               reply.first_bytes.substr(kLengthBytes)) &&
                           response.imported_count() == entries
                       ? std::string()
                       : "Import does not count what was sent";
          }};
}

// A Pipeline of Gets of the first entry. The length of an answer depends on its
// id.
Kind PipelineOf(int operations, int value_bytes, const std::string& token) {
  std::string body;
  std::uint64_t least = 0;
  for (int i = 1; i <= operations; ++i) {
    kv::v1::PipelineRequest request;
    request.set_id(i);
    request.mutable_get_request()->set_key(Key(0));
    body += Framed(request);
    kv::v1::PipelineResponse answer;
    answer.set_id(i);
    auto* entry = answer.mutable_get_response()->mutable_entry();
    entry->set_key(Key(0));
    entry->set_value(std::string(static_cast<std::size_t>(value_bytes), 'v'));
    least += Framed(answer).size();
  }
  return {RequestOf("Pipeline", std::move(body), token),
          Same([least](const Reply& reply) {
            std::string wrong = Status(reply);
            if (!wrong.empty()) return wrong;
            return reply.bytes > least
                       ? std::string()
                       : absl::StrCat("Pipeline gives ", reply.bytes, " bytes");
          })};
}

}  // namespace

Kind PutOf(int number, int value_bytes, const std::string& token) {
  kv::v1::PutRequest request;
  request.set_key(Key(number));
  request.set_value(std::string(value_bytes, 'v'));
  return {RequestOf("Put", Framed(request), token), [](const Reply& reply) {
            constexpr std::size_t kMost = kLengthBytes + 11;  // any revision
            std::string wrong = Status(reply);
            if (!wrong.empty()) return wrong;
            return reply.bytes > kLengthBytes && reply.bytes <= kMost
                       ? std::string()
                       : absl::StrCat("Put gives ", reply.bytes, " bytes");
          }};
}

std::optional<Kind> KindOf(const std::string& name, int entries,
                           int value_bytes, const std::string& token) {
  kv::v1::GetRequest get;
  get.set_key(Key(0));
  if (name == "get" || name == "connect") {
    return Kind{RequestOf("Get", Framed(get), token),
                Same([value_bytes](const Reply& reply) {
                  std::string wrong = Status(reply);
                  if (!wrong.empty()) return wrong;
                  return IsFirstEntry(reply, value_bytes)
                             ? std::string()
                             : "Get does not give what was put";
                })};
  }
  if (name == "put") return PutOf(0, value_bytes, token);
  if (name == "list") {
    kv::v1::ListRequest list;
    list.set_prefix("bench/");
    return Kind{RequestOf("List", Framed(list), token),
                Same([entries, value_bytes](const Reply& reply) {
                  return WrongList(reply, entries, value_bytes);
                })};
  }
  if (name == "import") return ImportOf(entries, value_bytes, token);
  if (name == "pipeline") return PipelineOf(entries, value_bytes, token);
  if (name == "watch" || name == "fan_out") {
    kv::v1::WatchRequest watch;
    watch.set_prefix(name == "watch" ? "quiet/" : "bench/");
    return Kind{RequestOf("Watch", Framed(watch), token), Status};
  }
  if (name == "absent") {
    kv::v1::GetRequest absent;
    absent.set_key("absent");
    return Kind{RequestOf("Get", Framed(absent), token),
                [](const Reply& reply) {
                  constexpr int kNotFound = 5;
                  return reply.grpc_status == kNotFound
                             ? std::string()
                             : absl::StrCat("an absent entry: grpc-status ",
                                            reply.grpc_status);
                }};
  }
  if (name == "static") {
    return Kind{RequestOf("Get", Framed(get), token),
                Same([value_bytes](const Reply& reply) {
                  return reply.http_status == 200 &&
                                 IsFirstEntry(reply, value_bytes)
                             ? std::string()
                             : absl::StrCat("HTTP ", reply.http_status);
                })};
  }
  return std::nullopt;
}

}  // namespace load
