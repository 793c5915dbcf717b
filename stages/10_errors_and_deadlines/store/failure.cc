#include "store/failure.h"

#include "absl/strings/cord.h"

namespace kv {
namespace {

constexpr char kReason[] = "reason";  // the other payloads are the values

}  // namespace

absl::Status Failed(absl::Status status, const Failure& failure) {
  status.SetPayload(kReason, absl::Cord(failure.reason));
  for (const auto& [name, value] : failure.values) {
    status.SetPayload(name, absl::Cord(value));
  }
  return status;
}

Failure FailureOf(const absl::Status& status) {
  Failure failure;
  status.ForEachPayload(
      [&failure](absl::string_view name, const absl::Cord& value) {
        if (name == kReason) {
          failure.reason = std::string(value);
        } else {
          failure.values.emplace(name, std::string(value));
        }
      });
  return failure;
}

}  // namespace kv
