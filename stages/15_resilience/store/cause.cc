#include "store/cause.h"

#include "absl/strings/cord.h"

namespace kv {
namespace {

constexpr char kReason[] = "reason";  // the other payloads are the values

}  // namespace

absl::Status Failed(absl::Status status, const Cause& cause) {
  status.SetPayload(kReason, absl::Cord(cause.reason));
  for (const auto& [name, value] : cause.values) {
    status.SetPayload(name, absl::Cord(value));
  }
  return status;
}

Cause CauseOf(const absl::Status& status) {
  Cause cause;
  status.ForEachPayload(
      [&cause](absl::string_view name, const absl::Cord& value) {
        if (name == kReason) {
          cause.reason = std::string(value);
        } else {
          cause.values.emplace(name, std::string(value));
        }
      });
  return cause;
}

}  // namespace kv
