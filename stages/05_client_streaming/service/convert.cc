#include "service/convert.h"

#include "absl/strings/str_cat.h"

namespace kv {
namespace {

// The limits that kv.proto documents.
constexpr std::size_t kMaxKeyBytes = 512;
constexpr std::size_t kMaxValueBytes = 1 << 20;

}  // namespace

grpc::Status Invalid(const std::string& why) {
  return {grpc::StatusCode::INVALID_ARGUMENT, why};
}

grpc::Status CheckKey(const std::string& key) {
  if (key.empty()) return Invalid("key: must not be empty");
  if (key.size() > kMaxKeyBytes) {
    return Invalid(absl::StrCat("key: ", key.size(), " bytes, at most ",
                                kMaxKeyBytes, " are allowed"));
  }
  return grpc::Status::OK;
}

grpc::Status CheckPrefix(const std::string& prefix) {
  if (prefix.size() <= kMaxKeyBytes) return grpc::Status::OK;
  return Invalid(absl::StrCat("prefix: ", prefix.size(), " bytes, at most ",
                              kMaxKeyBytes, " are allowed"));
}

grpc::Status CheckValue(const std::string& value) {
  if (value.size() <= kMaxValueBytes) return grpc::Status::OK;
  return Invalid(absl::StrCat("value: ", value.size(), " bytes, at most ",
                              kMaxValueBytes, " are allowed"));
}

// Abseil's status codes have the same numbers as gRPC's.
grpc::Status ToGrpcStatus(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()),
          std::string(status.message())};
}

v1::Entry ToMessage(const Entry& entry) {
  v1::Entry message;
  message.set_key(entry.key);
  message.set_value(entry.value);
  message.set_revision(entry.revision);
  return message;
}

}  // namespace kv
