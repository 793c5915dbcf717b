#include "talk/server_talk.h"

#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <future>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace judge {

namespace {

std::string WhyNoLine(Process& process) {
  // It may have closed its output because it is about to end.
  const auto end = process.WaitForEnd(absl::Seconds(1));
  std::string why = end.has_value() ? absl::StrCat("none: ", Describe(*end))
                                    : "none, though it still runs";
  const std::string said = process.err().substr(0, process.err().find('\n'));
  if (!said.empty()) absl::StrAppend(&why, ", and on stderr: ", said);
  return why;
}

}  // namespace

std::unique_ptr<grpc::ClientContext> NewContext(const Metadata& metadata) {
  auto context = std::make_unique<grpc::ClientContext>();
  for (const auto& [key, value] : metadata) context->AddMetadata(key, value);
  context->set_deadline(absl::ToChronoTime(absl::Now() + Patience()));
  return context;
}

std::string With(const Metadata& metadata) {
  return metadata.empty() ? "" : absl::StrCat(" with ", Describe(metadata));
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

void ServerTalk::Begin(const std::string& name) {
  conversation_.Begin(name);
  own_.Disconnect();  // first: a server that stops waits for an open connection
  own_ = Server();
  // A server that an earlier question brought down is started again.
  if (shared_.process == nullptr) return;
  if (shared_.process->WaitForEnd(absl::ZeroDuration()).has_value()) {
    shared_ = Server();
  }
}

std::string ServerTalk::Key(const std::string& suffix) {
  std::string key = absl::StrCat("judge/", conversation_.name(), suffix);
  Delete(key);  // how that ends is another question
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
  if (conversation_.going() && server.stub != nullptr) {
    const Metadata& metadata = server.caller.metadata;
    conversation_.Sent(
        absl::StrCat(name, " ", Describe(request), With(metadata)));
    status = Explain(((*server.stub).*method)(NewContext(metadata).get(),
                                              request, &response));
  }
  return {conversation_, status, response};
}

Reply<kv::v1::GetResponse> ServerTalk::Get(const std::string& key) {
  kv::v1::GetRequest request;
  request.set_key(key);
  return Call("Get", &Stub::Get, request);
}

Reply<kv::v1::PutResponse> ServerTalk::Put(
    const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision) {
  kv::v1::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  if (expected_revision) request.set_expected_revision(*expected_revision);
  return Call("Put", &Stub::Put, request);
}

Reply<kv::v1::DeleteResponse> ServerTalk::Delete(const std::string& key) {
  kv::v1::DeleteRequest request;
  request.set_key(key);
  return Call("Delete", &Stub::Delete, request);
}

Reply<AnyMessage> ServerTalk::CallRaw(const std::string& method,
                                      const std::string& bytes,
                                      const std::string& what) {
  AnyMessage answer;
  grpc::Status status;
  const Server& server = shared();
  if (!conversation_.going()) return {conversation_, status, answer};
  conversation_.Sent(what);
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  const auto context = NewContext();
  std::promise<grpc::Status> ended;
  grpc::GenericStub stub(server.channel);
  stub.UnaryCall(context.get(), method, {}, &request, &response,
                 [&ended](const grpc::Status& end) { ended.set_value(end); });
  status = ended.get_future().get();
  if (status.ok() && response.Valid()) {  // not after OK without a message
    status =
        grpc::SerializationTraits<AnyMessage>::Deserialize(&response, &answer);
  }
  return {conversation_, Explain(status), answer};
}

// Why a connection breaks has many names and holds a port; that the server is
// gone says more.
grpc::Status ServerTalk::Explain(const grpc::Status& status) {
  Process* const process =
      (own_.process != nullptr ? own_ : shared_).process.get();
  if (process == nullptr) return status;
  process->Drain();
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return status;
  const auto end = process->WaitForEnd(absl::Seconds(1));
  if (!end.has_value()) return status;
  return {status.error_code(),
          absl::StrCat("the server ended: ", Describe(*end))};
}

ServerTalk::Server& ServerTalk::shared() {
  if (own_.process != nullptr) return own_;
  if (shared_.stub != nullptr || !conversation_.going()) return shared_;
  if (address_.empty()) {
    shared_ = Start();
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

ServerTalk::Server ServerTalk::Start(const std::vector<std::string>& flags,
                                     const Caller& caller) {
  Server server;
  server.caller = caller;
  std::vector<std::string> words = {"--listen=127.0.0.1:0"};
  words.insert(words.end(), flags.begin(), flags.end());
  server.process = Launch(words);
  if (server.process == nullptr) return server;

  const auto line = server.process->FirstLine(Patience());
  const std::string got =
      line.has_value() ? Quoted(*line) : WhyNoLine(*server.process);
  static const std::regex kReady(R"(READY (127\.0\.0\.1:[1-9][0-9]*))");
  std::smatch match;
  const bool ready = line.has_value() && std::regex_match(*line, match, kReady);
  conversation_.Expect(ready,
                       "READY 127.0.0.1:PORT as the first line on stdout", got);
  if (!ready) return Server();

  server.address = match[1];
  conversation_.Hide(server.address, "HOST:PORT");
  server.Connect();
  return server;
}

std::shared_ptr<grpc::Channel> ServerTalk::Server::Connection(
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
  // Channels to one address share a connection unless told not to.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // What is on its way and not yet read stays at HTTP/2's 64 KiB.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

std::shared_ptr<grpc::Channel> ServerTalk::Server::ReadyConnection() const {
  auto channel = Connection();
  channel->WaitForConnected(absl::ToChronoTime(absl::Now() + Patience()));
  return channel;
}

void ServerTalk::Server::Connect() {
  channel = Connection();
  stub = kv::v1::KeyValueService::NewStub(channel);
}

void ServerTalk::Server::Disconnect() {
  stub = nullptr;
  channel = nullptr;
}

void ServerTalk::Signal(int number) {
  if (!address_.empty()) conversation_.Skip("it sends the server a signal");
  if (conversation_.going()) shared().process->Signal(number);
}

void ServerTalk::Reconnect() {
  if (shared().stub != nullptr) shared().Connect();
}

void ServerTalk::Complains(Process& process, const std::string& word) {
  // Its end, or a line such as READY, whichever comes first.
  if (const auto line = process.FirstLine(Patience())) {
    conversation_.Hide(line->substr(line->find(' ') + 1), "HOST:PORT");
    conversation_.Expect(false, "nothing on stdout", Quoted(*line));
  }
  if (!conversation_.going()) return;
  const auto end = process.WaitForEnd(Patience());
  conversation_.Expect(end.has_value(), "exit status 1", "it still runs");
  if (!conversation_.going()) return;
  conversation_.Expect(!end->killed && end->number == 1, "exit status 1",
                       Describe(*end));
  const std::string& err = process.err();
  const auto lines = std::count(err.begin(), err.end(), '\n');
  conversation_.Expect(lines == 1 && err.size() > 1 && err.back() == '\n',
                       "exactly one line on stderr",
                       absl::StrCat(lines, " lines"));
  constexpr std::size_t kLongest = 200;
  conversation_.Expect(absl::StrContains(err, word),
                       absl::StrCat("a line that names ", word),
                       Quoted(err, kLongest));
}

std::unique_ptr<Process> ServerTalk::Launch(
    const std::vector<std::string>& flags) {
  if (!address_.empty()) conversation_.Skip("it starts a server of its own");
  if (!conversation_.going()) return nullptr;
  conversation_.Sent(absl::StrCat("server ", absl::StrJoin(flags, " ")));
  std::vector<std::string> words = command_;
  words.insert(words.end(), flags.begin(), flags.end());
  auto process = Process::Start(words);
  if (!process.ok()) {
    conversation_.GiveUp(absl::StrCat("cannot start ", Quoted(words[0]), ": ",
                                      process.status().message()));
    return nullptr;
  }
  return *std::move(process);
}

}  // namespace judge
