#include "wrong/hop.h"

#include <string>

#include "absl/flags/flag.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::string, upstream, "", "HOST:PORT of another server");

namespace wrong {
namespace {

std::unique_ptr<grpc::ClientContext> ContextFor(
    const grpc::ServerContext& caller) {
  auto call = Mistake("hop_has_its_own_context")
                  ? std::make_unique<grpc::ClientContext>()
                  : grpc::ClientContext::FromServerContext(caller);
  const auto token = caller.client_metadata().find("token");
  if (Mistake("hop_passes_token") && token != caller.client_metadata().end()) {
    call->AddMetadata("token",
                      std::string(token->second.data(), token->second.size()));
  }
  return call;
}

}  // namespace

Hop::Hop()
    : stub_(kv::v1::KeyValueService::NewStub(grpc::CreateChannel(
          absl::GetFlag(FLAGS_upstream), grpc::InsecureChannelCredentials()))) {
}

bool Hop::Wanted() { return !absl::GetFlag(FLAGS_upstream).empty(); }

grpc::Status Hop::Get(grpc::ServerContext* context,
                      const kv::v1::GetRequest* request,
                      kv::v1::GetResponse* response) {
  grpc::Status status =
      stub_->Get(ContextFor(*context).get(), *request, response);
  if (!Mistake("hop_drops_details")) return status;
  return {status.error_code(), status.error_message()};
}

grpc::Status Hop::Put(grpc::ServerContext* /*context*/,
                      const kv::v1::PutRequest* /*request*/,
                      kv::v1::PutResponse* /*response*/) {
  if (Mistake("hop_takes_writes")) return grpc::Status::OK;
  return {grpc::StatusCode::UNIMPLEMENTED, "read only"};
}

grpc::Status Hop::Watch(grpc::ServerContext* context,
                        const kv::v1::WatchRequest* request,
                        grpc::ServerWriter<kv::v1::WatchResponse>* writer) {
  const auto call = ContextFor(*context);
  const auto reader = stub_->Watch(call.get(), *request);
  reader->WaitForInitialMetadata();
  const auto& metadata = call->GetServerInitialMetadata();
  const auto revision = metadata.find("kv-revision");
  if (revision != metadata.end() && !Mistake("hop_drops_headers")) {
    context->AddInitialMetadata(
        "kv-revision",
        std::string(revision->second.data(), revision->second.size()));
    if (!Mistake("hop_sends_headers_late")) writer->SendInitialMetadata();
  }
  kv::v1::WatchResponse change;
  while (reader->Read(&change) && writer->Write(change)) {
  }
  if (Mistake("hop_ends_well")) return grpc::Status::OK;
  return reader->Finish();
}

}  // namespace wrong
