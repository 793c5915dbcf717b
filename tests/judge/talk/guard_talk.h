// Makes calls of every kind that a server has to reject, and checks the wire
// and the store.
//
//   StartTls(talk, {"--token_file=" + talk.File("tokens", text)}, alice);
//   const Guarded guarded(talk);
//   guarded.AllRefused({{"token", "wrong"}});
#ifndef JUDGE_TALK_GUARD_TALK_H_
#define JUDGE_TALK_GUARD_TALK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ask/text.h"
#include "talk/server_talk.h"
#include "talk/stream.h"

namespace judge {

/// A call of any method.
using AnyCall = Stream<AnyMessage, AnyMessage>;

/// What a client sends before it waits for the status.
enum class Says {
  kAll,      ///< The message, then the half-close.
  kMessage,  ///< The message, without a half-close.
  kNothing,  ///< Only the headers.
};

/// How a rejected call must end.
struct Refusal {
  grpc::StatusCode code;  ///< The status.
  std::string message;    ///< Its whole message; any message if empty.
};
/// The result for a wrong token.
Refusal InvalidSignature();
/// The result for a user who is not authorized to call the method.
Refusal Denied();
/// The result when there is no connection.
Refusal Unavailable();

/// The flags of a server with TLS, followed by `flags`.
std::vector<std::string> TlsFlags(const std::vector<std::string>& flags = {});

/// Starts a TLS server for this question. Every call has the metadata, and the
/// client shows its certificate unless `client` is empty.
void StartTls(ServerTalk& talk, const std::vector<std::string>& flags = {},
              const Metadata& metadata = {}, const std::string& client = "");

/// Sets advice for a call that should end and does not.
void LookAtHanging(Conversation& conversation);

/// Calls every rpc as the server's caller, and expects that each one succeeds.
void AllWork(ServerTalk& talk);

/// A server with an entry, which must reject the calls made here. Create it
/// after StartTls(), with a caller who may write.
class Guarded final {
 public:
  /// Puts the entry twice, so that a Watch has a change to replay.
  explicit Guarded(ServerTalk& talk);

  /// All rpcs.
  static const std::vector<std::string>& All();

  /// Calls one rpc, for example Put or /any.Service/Method, and expects that
  /// the server rejects it and reveals nothing.
  void IsRefused(const std::string& rpc, const Metadata& metadata,
                 const Refusal& refusal = InvalidSignature(),
                 Says says = Says::kAll) const {
    IsRefusedOn(talk_.shared().channel, rpc, metadata, refusal, says);
  }
  /// Does the same over another connection.
  void IsRefusedOn(const std::shared_ptr<grpc::Channel>& channel,
                   const std::string& rpc, const Metadata& metadata,
                   const Refusal& refusal, Says says = Says::kAll) const;
  /// Calls every rpc and expects that the server rejects each one and changes
  /// nothing.
  void AllRefused(const Metadata& metadata,
                  const Refusal& refusal = InvalidSignature(),
                  Says says = Says::kAll) const;
  /// Does the same for only some rpcs.
  void AreRefused(const std::vector<std::string>& rpcs,
                  const Metadata& metadata,
                  const Refusal& refusal = InvalidSignature(),
                  Says says = Says::kAll) const;
  /// Expects that the store has not changed.
  void Unchanged() const;

 private:
  AnyMessage Request(const std::string& rpc, std::string* what) const;

  ServerTalk& talk_;
  std::string there_;
  std::string absent_;
  std::int64_t revision_;
};

/// Expects that a server with a token file does not start, and that its line on
/// stderr names the file and the number of the bad line (unless that is 0), and
/// shows none of the secrets.
void FileFails(ServerTalk& talk, const std::string& path, int line,
               const std::vector<std::string>& secrets);

/// Repeats a Get with a token while its status is `not_yet`, then expects
/// NOT_FOUND. No event says when the server has applied a change.
void GetUntil(ServerTalk& talk, const std::string& token,
              grpc::StatusCode not_yet);

/// Stops the server, and expects none of the secrets in its output.
void KeepsSecret(ServerTalk& talk, const std::vector<std::string>& secrets);

}  // namespace judge

#endif  // JUDGE_TALK_GUARD_TALK_H_
