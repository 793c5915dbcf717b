// Starts, calls and stops the server under test.
//
// Most questions share one server process, so none of them may assume an empty
// store: Key() returns a different key for each question. A question about
// flags, starting or stopping calls StartOwn() to get its own server.
#ifndef JUDGE_TALK_SERVER_TALK_H_
#define JUDGE_TALK_SERVER_TALK_H_

#include <google/protobuf/empty.pb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ask/conversation.h"
#include "ask/flags.h"
#include "ask/text.h"
#include "kv/v1/kv.grpc.pb.h"
#include "talk/process.h"
#include "talk/reply.h"
#include "talk/scratch.h"

namespace judge {

/// A context with a deadline Patience() from now.
std::unique_ptr<grpc::ClientContext> NewContext(const Metadata& metadata = {});

/// Holds a message of any type: it has no fields of its own, and keeps all
/// unknown fields unchanged.
using AnyMessage = google::protobuf::Empty;

/// How the judge connects to a server, and as which user.
struct Caller {
  /// Decides whether the connection uses TLS.
  std::shared_ptr<grpc::ChannelCredentials> credentials =
      grpc::InsecureChannelCredentials();
  Metadata metadata = {};  ///< Sent with each call.
};
/// Metadata as the trace shows it after the call; empty when there is none.
std::string With(const Metadata& metadata);

/// Requests. std::nullopt leaves the field unset.
kv::v1::GetRequest GetRequestOf(const std::string& key);
kv::v1::PutRequest PutRequestOf(
    const std::string& key, const std::string& value,
    std::optional<std::int64_t> expected_revision = std::nullopt);
kv::v1::DeleteRequest DeleteRequestOf(const std::string& key);
kv::v1::ListRequest ListRequestOf(const std::string& prefix,
                                  std::int32_t limit = 0);
kv::v1::WatchRequest WatchRequestOf(
    const std::string& prefix,
    std::optional<std::int64_t> after_revision = std::nullopt);
/// Responses to a Get that finds its key, a successful Put, and a Delete.
kv::v1::GetResponse Found(const std::string& key, const std::string& value,
                          std::int64_t revision);
kv::v1::PutResponse Written(std::int64_t revision);
kv::v1::DeleteResponse Deleted(bool deleted, std::int64_t revision);

/// One server program under test. Use it only from the main thread.
class ServerTalk final : public Conversation {
 public:
  using Stub = kv::v1::KeyValueService::Stub;

  /// A server process that has printed READY.
  struct Server {
    void Connect();     ///< Opens a connection that no other channel shares.
    void Disconnect();  ///< Closes it.
    /// Returns another such connection to the same server.
    std::shared_ptr<grpc::Channel> Connection() const {
      return Connection(caller.credentials);
    }
    /// Does the same, and waits until the connection is ready, at most for
    /// Patience(). Use it to open many connections: while threads start, gRPC
    /// 1.51 sometimes mistakes another error for one of connect(), and the call
    /// fails.
    std::shared_ptr<grpc::Channel> ReadyConnection() const;
    /// Returns a connection with other credentials.
    std::shared_ptr<grpc::Channel> Connection(
        const std::shared_ptr<grpc::ChannelCredentials>& credentials) const;

    std::unique_ptr<Process> process;  ///< Its process.
    std::string address;               ///< HOST:PORT.
    Caller caller;                     ///< Who calls it.
    std::string label;  ///< What reports call it, if there are several.
    std::shared_ptr<grpc::Channel> channel;  ///< A connection to it.
    std::unique_ptr<Stub> stub;              ///< Uses `channel`.
  };

  /// Takes the server's command without --listen, or the HOST:PORT of a running
  /// server. With a running server the judge skips the questions that would
  /// start one.
  explicit ServerTalk(std::vector<std::string> command,
                      std::string address = "")
      : Conversation("server", std::move(command)),
        address_(std::move(address)) {}

  /// Whether the running server that was given takes calls. Always true when
  /// there is none.
  bool IsReachable();

  /// Must be called before each question.
  void Begin(const std::string& name, int stage);

  /// Returns a key for this question, and deletes it from the store. The suffix
  /// distinguishes several keys of one question.
  std::string Key(const std::string& suffix = "");
  /// Returns the store's revision, which the Delete of an absent key reports.
  std::int64_t Revision();
  /// Expects that nothing was written since Revision() returned this value.
  void RevisionStays(std::int64_t revision);

  /// Unary calls.
  Reply<kv::v1::GetResponse> Get(const std::string& key);
  Reply<kv::v1::PutResponse> Put(
      const std::string& key, const std::string& value,
      std::optional<std::int64_t> expected_revision = std::nullopt);
  Reply<kv::v1::DeleteResponse> Delete(const std::string& key);
  /// Calls any unary method, for example /kv.v1.KeyValueService/Put, with any
  /// bytes, which `what` describes for the trace.
  Reply<AnyMessage> CallRaw(const std::string& method, const std::string& bytes,
                            const std::string& what);

  /// Returns this question's own server, or else the one that questions share,
  /// which it starts if necessary. If the start fails, the conversation is over
  /// and the server has no stub.
  Server& shared();
  /// Starts a server for this question only, with these flags after --listen.
  /// All further calls go to it, and it is stopped after the question.
  void StartOwn(const std::vector<std::string>& flags = {},
                const Caller& caller = {});
  /// Does the same, but the question's other servers go on. Reports call this
  /// one by its label, for example `A`.
  void StartOwnAs(const std::string& label,
                  const std::vector<std::string>& flags);
  /// Sends all further calls to the own server with this label.
  void Use(const std::string& label);
  /// Stops the question's own servers. Begin() does this, too.
  void StopOwn();
  /// Sends a signal to the server that the calls go to. If the judge has not
  /// started that server, it sends nothing and skips the question.
  void Signal(int number);
  /// Expects that the same server, after a signal to stop, exits with status 0.
  void Stops();
  /// Makes the next calls to the shared server use a new connection.
  void Reconnect();
  /// Runs the server program with these flags and expects that it fails to
  /// start: nothing on stdout, exit status 1, and one line on stderr that
  /// contains a word. Returns that line.
  std::string DoesNotStart(std::vector<std::string> flags,
                           const std::string& word = "",
                           const std::string& listen = "127.0.0.1:0");
  /// See Scratch::Path().
  std::string Path(const std::string& name) { return scratch_.Path(name); }
  /// See Scratch::File().
  std::string File(const std::string& name, const std::string& text) {
    return scratch_.File(name, text);
  }

  /// Sets advice if a status says that the server does not know an rpc, or that
  /// its handler failed.
  void LookAtStatus(const grpc::Status& status);
  /// Returns the status of a call to the shared() server, without a message if
  /// the connection broke because the server ended: a report says how it ended.
  grpc::Status Explain(const grpc::Status& status);

 private:
  // When this fails, the conversation records why, and the result lacks a
  // process or a stub.
  Server Start(const std::vector<std::string>& flags, const Caller& caller);
  // When this fails, the conversation records why, and the result is nullptr.
  std::unique_ptr<Process> Launch(const std::vector<std::string>& flags);
  template <class Request, class Response>
  Reply<Response> Call(const char* name,
                       grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                    const Request&, Response*),
                       const Request& request);

  Evidence Program() override;

  const std::string address_;
  Scratch scratch_{*this};
  Server shared_;
  Server own_;
  std::vector<Server> others_;  // own servers to which no calls go now
  std::size_t said_ = 0;        // bytes on the shared server's stderr, so far
};

/// What a step of the trace begins with: which server the call goes to, if a
/// question has several.
std::string Label(const ServerTalk::Server& server);

}  // namespace judge

#endif  // JUDGE_TALK_SERVER_TALK_H_
