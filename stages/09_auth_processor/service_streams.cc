// The rpcs that answer one request with many messages.
#include <chrono>

#include "absl/strings/str_cat.h"
#include "hint.h"
#include "messages.h"
#include "service.h"
#include "user.h"

namespace kv {

// [list]
grpc::Status KeyValueServiceImpl::List(
    grpc::ServerContext* context, const v1::ListRequest* request,
    grpc::ServerWriter<v1::ListResponse>* writer) {
  if (grpc::Status bad = CheckUser(*context); !bad.ok()) return bad;
  if (grpc::Status bad = CheckPrefix(request->prefix()); !bad.ok()) return bad;
  if (request->limit() < 0) return Invalid("limit: must not be negative");

  const auto entries = store_.List(request->prefix(), request->limit());
  for (const auto& entry : entries) {
    v1::ListResponse response;
    *response.mutable_entry() = ToMessage(*entry);
    const grpc::WriteOptions options =
        Hint(&entry == &entries.front(), &entry == &entries.back());
    // False: the call is over, and nobody reads the rest.
    if (!writer->Write(response, options)) return grpc::Status::CANCELLED;
  }
  return grpc::Status::OK;
}
// [list]

// [watch]
grpc::Status KeyValueServiceImpl::Watch(
    grpc::ServerContext* context, const v1::WatchRequest* request,
    grpc::ServerWriter<v1::WatchResponse>* writer) {
  if (grpc::Status bad = CheckUser(*context); !bad.ok()) return bad;
  if (grpc::Status bad = CheckPrefix(request->prefix()); !bad.ok()) return bad;
  const std::int64_t after = request->after_revision();
  if (after < 0) return Invalid("after_revision: must not be negative");

  absl::StatusOr<Watcher> watcher = store_.Watch(request->prefix(), after);
  if (!watcher.ok()) return ToGrpc(watcher.status());

  // Headers usually leave with the first message, which may be hours away.
  context->AddInitialMetadata("kv-revision", absl::StrCat(watcher->revision()));
  writer->SendInitialMetadata();

  // A sync handler can ask whether its call is over, but nothing wakes it.
  constexpr std::chrono::milliseconds kAskEvery(50);
  bool first = true;
  while (!context->IsCancelled()) {
    const auto changes = watcher->Next(History::Clock::now() + kAskEvery);
    if (!changes.ok()) return ToGrpc(changes.status());
    for (const Change& change : *changes) {
      v1::WatchResponse response;
      response.set_change_type(change.deleted
                                   ? v1::WatchResponse::CHANGE_TYPE_DELETE
                                   : v1::WatchResponse::CHANGE_TYPE_PUT);
      *response.mutable_entry() = ToMessage(*change.entry);
      const auto options = Hint(first, &change == &changes->back());
      first = false;
      if (!writer->Write(response, options)) return grpc::Status::CANCELLED;
    }
  }
  return grpc::Status::CANCELLED;
}
// [watch]

}  // namespace kv
