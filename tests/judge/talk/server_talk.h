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

/// A context whose call can't wait for ever.
/// @param metadata what the call carries.
/// @return a new one, its deadline Patience() from now.
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
/// @param metadata what a call carries.
/// @return that as the trace shows it behind the call; empty when it is.
std::string With(const Metadata& metadata);

/// The answer to a Get that finds its key.
/// @param key the key.
/// @param value its value.
/// @param revision its revision.
kv::v1::GetResponse Found(const std::string& key, const std::string& value,
                          std::int64_t revision);
/// The answer to a Put that wrote.
/// @param revision the store's revision after it.
kv::v1::PutResponse Written(std::int64_t revision);
/// The answer to a Delete.
/// @param deleted whether the key was there.
/// @param revision the store's revision after it.
kv::v1::DeleteResponse Deleted(bool deleted, std::int64_t revision);

/// One server program under question. To be used from the main thread.
class ServerTalk final {
 public:
  using Stub = kv::v1::KeyValueService::Stub;

  /// A server process that said READY.
  struct Server {
    void Connect();     ///< Opens a connection that nobody else shares.
    void Disconnect();  ///< Closes it.
    /// @return one more such connection to the same server.
    std::shared_ptr<grpc::Channel> Connection() const {
      return Connection(caller.credentials);
    }
    /// @return the same, once it stands, or Patience() is over. For many at
    ///     once: while threads start, gRPC 1.51 now and then takes another
    ///     error for one of connect(), and the call fails.
    std::shared_ptr<grpc::Channel> ReadyConnection() const;
    /// @return one with other credentials.
    std::shared_ptr<grpc::Channel> Connection(
        const std::shared_ptr<grpc::ChannelCredentials>& credentials) const;

    std::unique_ptr<Process> process;        ///< Its process.
    std::string address;                     ///< HOST:PORT.
    Caller caller;                           ///< Who we are.
    std::shared_ptr<grpc::Channel> channel;  ///< A connection to it.
    std::unique_ptr<Stub> stub;              ///< Calls through that.
  };

  /// @param command the server's words, without --listen; empty when only
  ///     one that runs already can be asked.
  /// @param conversation where all is noted; must outlive the talk.
  /// @param address HOST:PORT of a server that runs already, empty for none.
  ///     Questions that would start one are skipped then.
  ServerTalk(std::vector<std::string> command, Conversation& conversation,
             std::string address = "")
      : command_(std::move(command)),
        address_(std::move(address)),
        conversation_(conversation),
        scratch_(conversation) {}

  /// @return the conversation, to expect more than a Reply can.
  Conversation& conversation() { return conversation_; }
  /// As Conversation::LookAt().
  void LookAt(const std::string& thought) { conversation_.LookAt(thought); }
  /// To be called before each question.
  /// @param name the question's.
  void Begin(const std::string& name);

  /// @return a key for this question, absent from the store: it is deleted.
  /// @param suffix tells several keys of one question apart.
  std::string Key(const std::string& suffix = "");
  /// @return the store's revision, learnt by deleting what is not there.
  std::int64_t Revision();
  /// Expects that nothing was written since.
  /// @param revision what Revision() gave.
  void RevisionStays(std::int64_t revision);

  /// Calls Get.
  Reply<kv::v1::GetResponse> Get(const std::string& key);
  /// Calls Put; without an expected revision that field stays unset.
  Reply<kv::v1::PutResponse> Put(
      const std::string& key, const std::string& value,
      std::optional<std::int64_t> expected_revision = std::nullopt);
  /// Calls Delete.
  Reply<kv::v1::DeleteResponse> Delete(const std::string& key);
  /// Calls any unary method with any bytes.
  /// @param method for example /kv.v1.KeyValueService/Put.
  /// @param bytes the request as it goes over the wire.
  /// @param what the request in words.
  Reply<AnyMessage> CallRaw(const std::string& method, const std::string& bytes,
                            const std::string& what);

  /// The server that plain questions share, started when first needed, or the
  /// one that this question has for itself. It has no stub when it could not be
  /// started; the conversation is over then.
  Server& shared();
  /// Gives this question a server of its own, which the calls go to from here
  /// on, and which ends with the question.
  /// @param flags what follows --listen.
  /// @param caller how it is called.
  void StartOwn(const std::vector<std::string>& flags,
                const Caller& caller = {});
  /// Sends the server that the calls go to a signal. One that the judge has not
  /// started gets none: the question is skipped.
  /// @param number for example SIGTERM.
  void Signal(int number);
  /// Lets the next calls to the shared server go over a new connection.
  void Reconnect();
  /// Starts a server and waits for its READY line.
  /// @param flags what follows --listen.
  /// @param caller how it is called.
  /// @return it; without a process or stub when something went wrong, which is
  ///     noted.
  Server Start(const std::vector<std::string>& flags = {},
               const Caller& caller = {});
  /// Starts the server program.
  /// @param flags what follows its command.
  /// @return its process; nullptr when it can't be started, which is noted.
  std::unique_ptr<Process> Launch(const std::vector<std::string>& flags);

  /// Expects of a program that can't start: nothing on stdout, exit status 1,
  /// one line on stderr.
  /// @param process what Launch() gave.
  /// @param word what the line must name.
  void Complains(Process& process, const std::string& word = "");
  /// Writes a file for the server, which is removed with the talk.
  /// @param name as the trace shows it.
  /// @param text what is in it.
  /// @return its path; empty when it can't be written: noted.
  std::string File(const std::string& name, const std::string& text) {
    return scratch_.File(name, text);
  }

  /// Says of a broken connection what is known: that the server ended.
  /// @param status what a call to the shared() server ended with.
  /// @return that status, or one that says more.
  grpc::Status Explain(const grpc::Status& status);

 private:
  template <class Request, class Response>
  Reply<Response> Call(const char* name,
                       grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                    const Request&, Response*),
                       const Request& request);

  const std::vector<std::string> command_;
  const std::string address_;
  Conversation& conversation_;
  Scratch scratch_;
  Server shared_;
  Server own_;
};

}  // namespace judge

#endif  // JUDGE_TALK_SERVER_TALK_H_
