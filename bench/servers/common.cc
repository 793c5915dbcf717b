#include "common.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "service/convert.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "HOST:PORT to take calls on; port 0: a free one");

namespace bench {

grpc::Status Get(kv::Store& store, const kv::v1::GetRequest& request,
                 kv::v1::GetResponse& response) {
  if (grpc::Status bad = kv::CheckKey(request.key()); !bad.ok()) return bad;
  const auto found = store.Get(request.key());
  if (!found.ok()) return kv::ToGrpcStatus(found.status());
  *response.mutable_entry() = kv::ToMessage(*found);
  return grpc::Status::OK;
}

grpc::Status Put(kv::Store& store, const kv::v1::PutRequest& request,
                 kv::v1::PutResponse& response) {
  if (grpc::Status bad = kv::CheckKey(request.key()); !bad.ok()) return bad;
  if (grpc::Status bad = kv::CheckValue(request.value()); !bad.ok()) return bad;
  std::optional<std::int64_t> expected;
  if (request.has_expected_revision()) expected = request.expected_revision();
  const auto revision = store.Put(request.key(), request.value(), expected);
  if (!revision.ok()) return kv::ToGrpcStatus(revision.status());
  response.set_revision(*revision);
  return grpc::Status::OK;
}

grpc::Status Delete(kv::Store& store, const kv::v1::DeleteRequest& request,
                    kv::v1::DeleteResponse& response) {
  if (grpc::Status bad = kv::CheckKey(request.key()); !bad.ok()) return bad;
  const kv::Deletion result = store.Delete(request.key());
  response.set_deleted(result.deleted);
  response.set_revision(result.revision);
  return grpc::Status::OK;
}

kv::v1::PipelineResponse Answer(kv::Store& store,
                                const kv::v1::PipelineRequest& request) {
  using kv::v1::PipelineRequest;
  kv::v1::PipelineResponse answer;
  answer.set_id(request.id());
  grpc::Status status = kv::Invalid("operation: must be set");
  switch (request.operation_case()) {
    case PipelineRequest::kGetRequest:
      status =
          Get(store, request.get_request(), *answer.mutable_get_response());
      break;
    case PipelineRequest::kPutRequest:
      status =
          Put(store, request.put_request(), *answer.mutable_put_response());
      break;
    case PipelineRequest::kDeleteRequest:
      status = Delete(store, request.delete_request(),
                      *answer.mutable_delete_response());
      break;
    case PipelineRequest::OPERATION_NOT_SET:
      break;
  }
  if (!status.ok()) {
    answer.clear_result();
    answer.set_code(status.error_code());
    answer.set_message(status.error_message());
  }
  return answer;
}

grpc::Status List(kv::Store& store, const kv::v1::ListRequest& request,
                  Entries& entries) {
  if (grpc::Status bad = kv::CheckPrefix(request.prefix()); !bad.ok()) {
    return bad;
  }
  if (request.limit() < 0) return kv::Invalid("limit: must not be negative");
  entries = store.List(request.prefix(), request.limit());
  return grpc::Status::OK;
}

kv::v1::ListResponse ToResponse(const kv::Entry& entry) {
  kv::v1::ListResponse response;
  *response.add_entries() = kv::ToMessage(entry);
  return response;
}

grpc::Status Imported::Add(kv::v1::ImportRequest& request) {
  ++count_;
  grpc::Status bad = kv::CheckKey(request.key());
  if (bad.ok()) bad = kv::CheckValue(request.value());
  if (!bad.ok()) {
    return kv::Invalid(
        absl::StrCat("entry ", count_, ": ", bad.error_message()));
  }
  entries_.insert_or_assign(std::move(*request.mutable_key()),
                            std::move(*request.mutable_value()));
  return grpc::Status::OK;
}

void Imported::Write(kv::Store& store, kv::v1::ImportResponse& response) {
  response.set_imported_count(count_);
  response.set_revision(store.Import(std::move(entries_)));
}

grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext& context,
                                   const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

Started Start(grpc::ServerBuilder& builder,
              const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  const std::string listen = absl::GetFlag(FLAGS_listen);
  int port = 0;
  builder.AddListeningPort(listen, credentials, &port);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "cannot listen on " << listen << "\n";
    std::exit(EXIT_FAILURE);
  }
  const std::string host = listen.substr(0, listen.rfind(':'));
  return {std::move(server), absl::StrCat(host, ":", port)};
}

void ServeUntil(const kv::StopSignal& stop, const Started& started) {
  constexpr std::chrono::seconds kGrace(1);
  std::cout << "READY " << started.address << std::endl;
  stop.Wait();
  started.server->Shutdown(std::chrono::system_clock::now() + kGrace);
}

}  // namespace bench
