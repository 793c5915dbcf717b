// Talks to the server that is judged: starts it, calls it, stops it.
//
// All plain questions share one server process, so none may assume an empty
// store: Key() gives each a key of its own. Questions about the life of a
// server Start() their own.
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

/// A message of any type: this one has no fields, and keeps what it doesn't
/// know as it came.
using AnyMessage = google::protobuf::Empty;

/// How the judge comes to a server, and as whom.
struct Caller {
  /// Over TLS or not.
  std::shared_ptr<grpc::ChannelCredentials> credentials =
      grpc::InsecureChannelCredentials();
  Metadata metadata = {};  ///< What each call carries.
};
/// Metadata as the trace shows it behind the call; empty when there is none.
std::string With(const Metadata& metadata);

/// Requests. Without an expected revision that field stays unset.
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
/// Answers: to a Get that finds its key, to a Put that wrote, and to a Delete.
kv::v1::GetResponse Found(const std::string& key, const std::string& value,
                          std::int64_t revision);
kv::v1::PutResponse Written(std::int64_t revision);
kv::v1::DeleteResponse Deleted(bool deleted, std::int64_t revision);

/// One server program under question. To be used from the main thread.
class ServerTalk final : public Conversation {
 public:
  using Stub = kv::v1::KeyValueService::Stub;

  /// A server process that said READY.
  struct Server {
    void Connect();     ///< Opens a connection that nobody else shares.
    void Disconnect();  ///< Closes it.
    /// One more such connection to the same server.
    std::shared_ptr<grpc::Channel> Connection() const {
      return Connection(caller.credentials);
    }
    /// The same, once it is ready or Patience() is over. For many at the same
    /// time: while threads start, gRPC 1.51 now and then takes another error
    /// for one of connect(), and the call fails.
    std::shared_ptr<grpc::Channel> ReadyConnection() const;
    /// One with other credentials.
    std::shared_ptr<grpc::Channel> Connection(
        const std::shared_ptr<grpc::ChannelCredentials>& credentials) const;

    std::unique_ptr<Process> process;        ///< Its process.
    std::string address;                     ///< HOST:PORT.
    Caller caller;                           ///< Who we are.
    std::shared_ptr<grpc::Channel> channel;  ///< A connection to it.
    std::unique_ptr<Stub> stub;              ///< Calls through that.
  };

  /// Takes the server's command, without --listen, or the HOST:PORT of one that
  /// runs already: questions that would start one are skipped then.
  explicit ServerTalk(std::vector<std::string> command,
                      std::string address = "")
      : command_(std::move(command)), address_(std::move(address)) {}

  /// To be called before each question.
  void Begin(const std::string& name);

  /// A key for this question, absent from the store: it is deleted. The suffix
  /// tells several keys of one question apart.
  std::string Key(const std::string& suffix = "");
  /// The store's revision, learnt by deleting what is not there.
  std::int64_t Revision();
  /// Expects that nothing was written since Revision() gave this.
  void RevisionStays(std::int64_t revision);

  /// Unary calls.
  Reply<kv::v1::GetResponse> Get(const std::string& key);
  Reply<kv::v1::PutResponse> Put(
      const std::string& key, const std::string& value,
      std::optional<std::int64_t> expected_revision = std::nullopt);
  Reply<kv::v1::DeleteResponse> Delete(const std::string& key);
  /// Calls any unary method, for example /kv.v1.KeyValueService/Put, with any
  /// bytes; `what` says them in words.
  Reply<AnyMessage> CallRaw(const std::string& method, const std::string& bytes,
                            const std::string& what);

  /// The server that plain questions share, started when first needed, or the
  /// one that this question has for itself. It has no stub when it could not be
  /// started; the conversation is over then.
  Server& shared();
  /// Gives this question a server of its own, with flags that follow --listen.
  /// The calls go to it from here on, and it ends with the question.
  void StartOwn(const std::vector<std::string>& flags = {},
                const Caller& caller = {});
  /// Sends the server that the calls go to a signal. One that the judge has not
  /// started gets none: the question is skipped.
  void Signal(int number);
  /// Expects that server to end by itself, with exit status 0, now that it was
  /// told to stop.
  void Stops();
  /// Lets the next calls to the shared server go over a new connection.
  void Reconnect();
  /// Starts the server program, and expects that it can't start with these
  /// flags: nothing on stdout, exit status 1, and one line on stderr, which
  /// names a word. Returns that line.
  std::string DoesNotStart(std::vector<std::string> flags,
                           const std::string& word = "",
                           const std::string& listen = "127.0.0.1:0");
  /// As Scratch::File().
  std::string File(const std::string& name, const std::string& text) {
    return scratch_.File(name, text);
  }

  /// The status of a call to the shared() server; that of a broken connection
  /// says how the server ended, if it did.
  grpc::Status Explain(const grpc::Status& status);

 private:
  // Without a process or stub when something went wrong, which is noted.
  Server Start(const std::vector<std::string>& flags, const Caller& caller);
  // nullptr when it can't be started, which is noted.
  std::unique_ptr<Process> Launch(const std::vector<std::string>& flags);
  template <class Request, class Response>
  Reply<Response> Call(const char* name,
                       grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                    const Request&, Response*),
                       const Request& request);

  const std::vector<std::string> command_;
  const std::string address_;
  Scratch scratch_{*this};
  Server shared_;
  Server own_;
};

}  // namespace judge

#endif  // JUDGE_TALK_SERVER_TALK_H_
