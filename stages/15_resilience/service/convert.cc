#include "service/convert.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/error_details.h"

namespace kv {
namespace {

// The limits that kv.proto documents.
constexpr std::size_t kMaxKeyBytes = 512;
constexpr std::size_t kMaxValueBytes = 1 << 20;

void CheckSize(const std::string& bytes, std::size_t most,
               const std::string& field, google::rpc::BadRequest& bad) {
  if (bytes.size() <= most) return;
  Add(bad, field,
      absl::StrCat(bytes.size(), " bytes, at most ", most, " are allowed"));
}

}  // namespace

void CheckKey(const std::string& key, google::rpc::BadRequest& bad) {
  if (key.empty()) Add(bad, "key", "must not be empty");
  CheckSize(key, kMaxKeyBytes, "key", bad);
}

void CheckPrefix(const std::string& prefix, google::rpc::BadRequest& bad) {
  CheckSize(prefix, kMaxKeyBytes, "prefix", bad);
}

void CheckValue(const std::string& value, google::rpc::BadRequest& bad) {
  CheckSize(value, kMaxValueBytes, "value", bad);
}

// Before a wait the clock is enough: IsCancelled() takes several of gRPC's
// locks. It may also report a passed deadline a little late.
Store::Over Over(const grpc::CallbackServerContext& context, bool waited) {
  return [&context, waited]() mutable {
    return std::chrono::system_clock::now() >= context.deadline() ||
           (std::exchange(waited, true) && context.IsCancelled());
  };
}

v1::Entry ToMessage(const Entry& entry) {
  v1::Entry message;
  message.set_key(entry.key);
  message.set_value(entry.value);
  message.set_revision(entry.revision);
  return message;
}

}  // namespace kv
