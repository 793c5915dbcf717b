#include "talk/server_talk.h"

#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <future>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "talk/evidence.h"
#include "talk/outcome.h"

namespace judge {

std::unique_ptr<grpc::ClientContext> NewContext(const Metadata& metadata) {
  auto context = std::make_unique<grpc::ClientContext>();
  for (const auto& [key, value] : metadata) context->AddMetadata(key, value);
  context->set_deadline(absl::ToChronoTime(absl::Now() + Patience()));
  return context;
}

std::string Label(const ServerTalk::Server& server) {
  return server.label.empty() ? "" : server.label + ": ";
}

std::string With(const Metadata& metadata) {
  return metadata.empty() ? "" : absl::StrCat(" with ", Describe(metadata));
}

kv::v1::GetRequest GetRequestOf(const std::string& key) {
  kv::v1::GetRequest request;
  request.set_key(key);
  return request;
}

kv::v1::PutRequest PutRequestOf(const std::string& key,
                                const std::string& value,
                                std::optional<std::int64_t> expected_revision) {
  kv::v1::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  if (expected_revision) request.set_expected_revision(*expected_revision);
  return request;
}

kv::v1::DeleteRequest DeleteRequestOf(const std::string& key) {
  kv::v1::DeleteRequest request;
  request.set_key(key);
  return request;
}

kv::v1::ListRequest ListRequestOf(const std::string& prefix,
                                  std::int32_t limit) {
  kv::v1::ListRequest request;
  request.set_prefix(prefix);
  request.set_limit(limit);
  return request;
}

kv::v1::WatchRequest WatchRequestOf(
    const std::string& prefix, std::optional<std::int64_t> after_revision) {
  kv::v1::WatchRequest request;
  request.set_prefix(prefix);
  if (after_revision) request.set_after_revision(*after_revision);
  return request;
}

kv::v1::GetResponse Found(const std::string& key, const std::string& value,
                          std::int64_t revision) {
  kv::v1::GetResponse response;
  response.mutable_entry()->set_key(key);
  response.mutable_entry()->set_value(value);
  response.mutable_entry()->set_revision(revision);
  return response;
}

kv::v1::PutResponse Written(std::int64_t revision) {
  kv::v1::PutResponse response;
  response.set_revision(revision);
  return response;
}

kv::v1::DeleteResponse Deleted(bool deleted, std::int64_t revision) {
  kv::v1::DeleteResponse response;
  response.set_deleted(deleted);
  response.set_revision(revision);
  return response;
}

void ServerTalk::Begin(const std::string& name, int stage) {
  Conversation::Begin(name, stage);
  StopOwn();
  said_ = 0;
  // If the shared server has ended, the next call starts it again.
  if (shared_.process == nullptr) return;
  if (shared_.process->WaitForEnd(absl::ZeroDuration()).has_value()) {
    shared_ = Server();
  } else {
    said_ = shared_.process->err().size();
  }
}

std::string ServerTalk::Key(const std::string& suffix) {
  std::string key = absl::StrCat("judge/", name(), suffix);
  Delete(key);  // another question checks the result
  return key;
}

std::int64_t ServerTalk::Revision() {
  const auto reply = Delete("judge/never_put");
  reply.IsOk();
  return reply.message().revision();
}

void ServerTalk::RevisionStays(std::int64_t revision) {
  Delete("judge/never_put").Is(Deleted(false, revision));
}

template <class Request, class Response>
Reply<Response> ServerTalk::Call(
    const char* name,
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    const Request& request) {
  Response response;
  grpc::Status status;
  const Server& server = shared();
  if (going() && server.stub != nullptr) {
    const Metadata& metadata = server.caller.metadata;
    Sent(absl::StrCat(Label(server), name, " ", Describe(request),
                      With(metadata)));
    status = Explain(((*server.stub).*method)(NewContext(metadata).get(),
                                              request, &response));
    if (status.error_code() == StatusCode::DEADLINE_EXCEEDED) LosePatience();
    LookAtStatus(status);
  }
  return {*this, status, response};
}

Reply<kv::v1::GetResponse> ServerTalk::Get(const std::string& key) {
  return Call("Get", &Stub::Get, GetRequestOf(key));
}

Reply<kv::v1::PutResponse> ServerTalk::Put(
    const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision) {
  return Call("Put", &Stub::Put, PutRequestOf(key, value, expected_revision));
}

Reply<kv::v1::DeleteResponse> ServerTalk::Delete(const std::string& key) {
  return Call("Delete", &Stub::Delete, DeleteRequestOf(key));
}

Reply<AnyMessage> ServerTalk::CallRaw(const std::string& method,
                                      const std::string& bytes,
                                      const std::string& what) {
  AnyMessage answer;
  grpc::Status status;
  const Server& server = shared();
  if (!going()) return {*this, status, answer};
  Sent(what);
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  const auto context = NewContext();
  std::promise<grpc::Status> ended;
  grpc::GenericStub stub(server.channel);
  stub.UnaryCall(context.get(), method, {}, &request, &response,
                 [&ended](const grpc::Status& end) { ended.set_value(end); });
  status = ended.get_future().get();
  if (status.ok() && response.Valid()) {  // a wrong server may omit the message
    status =
        grpc::SerializationTraits<AnyMessage>::Deserialize(&response, &answer);
  }
  if (status.error_code() == StatusCode::DEADLINE_EXCEEDED) LosePatience();
  return {*this, Explain(status), answer};
}

// gRPC reports a broken connection in many ways, some with a port that varies.
grpc::Status ServerTalk::Explain(const grpc::Status& status) {
  Process* const process =
      (own_.process != nullptr ? own_ : shared_).process.get();
  if (process == nullptr) return status;
  process->Drain();
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return status;
  const auto end = process->WaitForEnd(absl::Seconds(1));
  return end.has_value() ? grpc::Status(status.error_code(), "") : status;
}

void ServerTalk::LookAtStatus(const grpc::Status& status) {
  const std::string& message = status.error_message();  // from C++, Python, Go
  const bool known = !message.empty() && message != "Method not found!" &&
                     !absl::StartsWith(message, "unknown ");
  if (status.error_code() == StatusCode::UNKNOWN) {
    LookAt(
        "the handler threw an exception, or returned no status code. In "
        "Python, logging.basicConfig() shows the traceback",
        "catch what the handler calls may throw, and return a grpc::Status");
  }
  if (status.error_code() != StatusCode::UNIMPLEMENTED || known) return;
  LookAt(
      "the server does not know this rpc: register the service, and "
      "implement the rpc in it",
      "RegisterService(&service), and a method with `override`");
}

Evidence ServerTalk::Program() {
  const bool own = own_.process != nullptr;
  Process* const process = (own ? own_ : shared_).process.get();
  return process == nullptr ? Evidence()
                            : EvidenceOf(*this, *process, own ? 0 : said_);
}

ServerTalk::Server& ServerTalk::shared() {
  if (own_.process != nullptr) return own_;
  if (shared_.stub != nullptr || !going()) return shared_;
  if (address_.empty()) {
    shared_ = Start({}, {});
  } else {
    shared_.address = address_;
    shared_.Connect();
  }
  return shared_;
}

void ServerTalk::StartOwn(const std::vector<std::string>& flags,
                          const Caller& caller) {
  own_.Disconnect();
  own_ = Start(flags, caller);
}

void ServerTalk::StartOwnAs(const std::string& label,
                            const std::vector<std::string>& flags) {
  if (!going()) return;
  Sent("the next server is " + label);
  if (own_.process != nullptr) others_.push_back(std::move(own_));
  own_ = Start(flags, {});
  own_.label = label;
}

void ServerTalk::Use(const std::string& label) {
  for (Server& other : others_) {
    if (own_.label != label && other.label == label) std::swap(own_, other);
  }
}

void ServerTalk::StopOwn() {
  // First, because a stopping server waits for connections.
  own_.Disconnect();
  for (Server& other : others_) other.Disconnect();
  own_ = Server();
  others_.clear();
}

}  // namespace judge
