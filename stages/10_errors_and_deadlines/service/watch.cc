// A stream of responses that stays open until the call is cancelled.
#include <chrono>
#include <optional>

#include "absl/strings/str_cat.h"
#include "auth/require_user.h"
#include "service/convert.h"
#include "service/error_details.h"
#include "service/service.h"

namespace kv {
namespace {

v1::WatchResponse ToMessage(const Change& change) {
  v1::WatchResponse message;
  message.set_change_type(change.deleted ? v1::WatchResponse::CHANGE_TYPE_DELETE
                                         : v1::WatchResponse::CHANGE_TYPE_PUT);
  *message.mutable_entry() = ToMessage(*change.entry);
  return message;
}

}  // namespace

// [watch]
grpc::Status KeyValueServiceImpl::Watch(
    grpc::ServerContext* context, const v1::WatchRequest* request,
    grpc::ServerWriter<v1::WatchResponse>* writer) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  google::rpc::BadRequest bad;
  CheckPrefix(request->prefix(), bad);
  std::optional<std::int64_t> after;  // unset: from now on
  if (request->has_after_revision()) after = request->after_revision();
  if (request->after_revision() < 0) {
    Add(bad, "after_revision", "must not be negative");
  }
  if (!bad.field_violations().empty()) return Invalid(bad);

  absl::StatusOr<Watcher> watcher = store_.Watch(request->prefix(), after);
  if (!watcher.ok()) return ToGrpcStatus(watcher.status());

  // Otherwise gRPC sends headers with the first message, maybe hours later.
  context->AddInitialMetadata("kv-revision", absl::StrCat(watcher->revision()));
  writer->SendInitialMetadata();

  // A sync handler can only ask whether its call was cancelled.
  constexpr std::chrono::milliseconds kAskEvery(50);
  while (!context->IsCancelled()) {
    const auto changes = watcher->Next(ChangeLog::Clock::now() + kAskEvery);
    if (!changes.ok()) return ToGrpcStatus(changes.status());
    for (const Change& change : *changes) {
      if (!writer->Write(ToMessage(change))) return grpc::Status::CANCELLED;
    }
  }
  return grpc::Status::CANCELLED;
}
// [watch]

}  // namespace kv
