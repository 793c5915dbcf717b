#include "service/upstream.h"

#include <string>

#include "auth/require_user.h"
#include "service/error_details.h"

namespace kv {
namespace {

// Sends on what comes until it ends, or until the caller is gone.
template <class Message>
grpc::Status SendOn(grpc::ClientReader<Message>& reader,
                    grpc::ServerWriter<Message>& writer) {
  Message message;
  while (reader.Read(&message) && writer.Write(message)) {
  }
  // After a failed Write the upstream call is cancelled as well, so its status
  // arrives soon.
  return reader.Finish();
}

}  // namespace

// [get]
grpc::Status Upstream::Get(grpc::ServerContext* context,
                           const v1::GetRequest* request,
                           v1::GetResponse* response) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  // A plain ClientContext would have no deadline, and nobody would cancel it.
  const auto call = grpc::ClientContext::FromServerContext(*context);
  return stub_->Get(call.get(), *request, response);
}
// [get]

grpc::Status Upstream::List(grpc::ServerContext* context,
                            const v1::ListRequest* request,
                            grpc::ServerWriter<v1::ListResponse>* writer) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  const auto call = grpc::ClientContext::FromServerContext(*context);
  return SendOn(*stub_->List(call.get(), *request), *writer);
}

// [watch]
grpc::Status Upstream::Watch(grpc::ServerContext* context,
                             const v1::WatchRequest* request,
                             grpc::ServerWriter<v1::WatchResponse>* writer) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  const auto call = grpc::ClientContext::FromServerContext(*context);
  const auto reader = stub_->Watch(call.get(), *request);
  reader->WaitForInitialMetadata();
  // Metadata is not passed on in either direction, unless you do it.
  const auto& metadata = call->GetServerInitialMetadata();
  if (const auto at = metadata.find("kv-revision"); at != metadata.end()) {
    context->AddInitialMetadata(
        "kv-revision", std::string(at->second.data(), at->second.size()));
    writer->SendInitialMetadata();
  }
  return SendChanges(*call, *reader, *writer);
}
// [watch]

grpc::Status Upstream::SendChanges(
    grpc::ClientContext& call, grpc::ClientReader<v1::WatchResponse>& reader,
    grpc::ServerWriter<v1::WatchResponse>& writer) {
  {
    const std::lock_guard lock(mutex_);
    watches_.insert(&call);
    if (ended_) call.TryCancel();
  }
  grpc::Status status = SendOn(reader, writer);
  const std::lock_guard lock(mutex_);
  watches_.erase(&call);
  if (!ended_) return status;
  return WithDetails(grpc::StatusCode::UNAVAILABLE,
                     "no more changes from this server",
                     {ErrorInfo("SERVER_STOPS", {}), RetryInfo(kRetryDelay)});
}

void Upstream::EndWatches() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  for (grpc::ClientContext* watch : watches_) watch->TryCancel();
}

}  // namespace kv
