// Talks to a server about who may call: calls of every kind that are to be
// refused, and what is expected of the wire and of the store.
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

/// How far a client comes with a call before it waits for the answer.
enum class Says {
  kAll,      ///< Its message, then the half-close.
  kMessage,  ///< Its message, and no half-close.
  kNothing,  ///< The call has begun, and that is all.
};

/// How a refused call is to end.
struct Refusal {
  grpc::StatusCode code;  ///< The status.
  std::string message;    ///< The whole of its message; empty: anything.
};
/// A token that is not right.
Refusal InvalidSignature();
/// A user who may not call this.
Refusal Denied();
/// No connection.
Refusal Unavailable();

/// The flags of a server that takes TLS, and more.
std::vector<std::string> TlsFlags(const std::vector<std::string>& flags = {});

/// Gives the question a server of its own that takes TLS. Each call carries the
/// metadata, and shows the client's certificate unless that is empty.
void StartTls(ServerTalk& talk, const std::vector<std::string>& flags = {},
              const Metadata& metadata = {}, const std::string& client = "");

/// Calls every rpc as who calls the server, and expects each to do its work.
void AllWork(ServerTalk& talk);

/// A server with an entry, at which calls are refused. To be used after
/// StartTls(), as a user who may write.
class Guarded final {
 public:
  /// Puts the entry, and so that a Watch has something to replay.
  explicit Guarded(ServerTalk& talk);

  /// All rpcs.
  static const std::vector<std::string>& All();

  /// Calls one rpc, for example Put or /any.Service/Method, and expects that it
  /// is refused and tells nothing.
  void IsRefused(const std::string& rpc, const Metadata& metadata,
                 const Refusal& refusal = InvalidSignature(),
                 Says says = Says::kAll) const {
    IsRefusedOn(talk_.shared().channel, rpc, metadata, refusal, says);
  }
  /// The same over any connection.
  void IsRefusedOn(const std::shared_ptr<grpc::Channel>& channel,
                   const std::string& rpc, const Metadata& metadata,
                   const Refusal& refusal, Says says = Says::kAll) const;
  /// Calls every rpc and expects that each is refused, and that nothing was
  /// changed.
  void AllRefused(const Metadata& metadata,
                  const Refusal& refusal = InvalidSignature(),
                  Says says = Says::kAll) const;
  /// The same with some rpcs alone.
  void AreRefused(const std::vector<std::string>& rpcs,
                  const Metadata& metadata,
                  const Refusal& refusal = InvalidSignature(),
                  Says says = Says::kAll) const;
  /// Expects that nothing was changed.
  void Unchanged() const;

 private:
  AnyMessage Request(const std::string& rpc, std::string* what) const;

  ServerTalk& talk_;
  std::string there_;
  std::string absent_;
  std::int64_t revision_;
};

/// Expects that a server with a token file does not start: the line on stderr
/// names the file and which line of it is bad, unless that is 0, and shows none
/// of the secrets.
void FileFails(ServerTalk& talk, const std::string& path, int line,
               const std::vector<std::string>& secrets);

/// Calls Get with a token again and again, as long as that ends with `not_yet`,
/// then expects NOT_FOUND: nothing else tells when something came into force.
void GetUntil(ServerTalk& talk, const std::string& token,
              grpc::StatusCode not_yet);

/// Stops the server, and expects the secrets in none of its output.
void KeepsSecret(ServerTalk& talk, const std::vector<std::string>& secrets);

}  // namespace judge

#endif  // JUDGE_TALK_GUARD_TALK_H_
