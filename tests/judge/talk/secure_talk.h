// Helpers for questions about a client with TLS, a token or a certificate.
#ifndef JUDGE_TALK_SECURE_TALK_H_
#define JUDGE_TALK_SECURE_TALK_H_

#include <memory>
#include <string>
#include <vector>

#include "talk/certificates.h"
#include "talk/client_talk.h"
#include "talk/tokens.h"

namespace judge {

/// The flag --ca with the path of one of the certificates.
std::string Ca(const std::string& name = "ca.crt");
/// The flag --token_file with a path.
std::string TokenFlag(const std::string& path);
/// Writes a file with Alice's name and token, and returns its path.
std::string AliceFile(ClientTalk& talk);

/// Makes the judge's server use TLS for this question. The judge gives up when
/// it has no certificates.
void ServeTls(ClientTalk& talk,
              const std::shared_ptr<grpc::ServerCredentials>& credentials =
                  TlsToClient());

/// A command of the client, and the rpc that it calls.
struct Command {
  std::string rpc;
  std::vector<std::string> words;
};
/// One command for each rpc.
std::vector<Command> Commands(ClientTalk& talk);
/// Flags, then the words of a command.
std::vector<std::string> Joined(std::vector<std::string> flags,
                                const std::vector<std::string>& words);

/// Expects that the client has printed no token.
void Hidden(ClientTalk& talk, const Outcome& outcome);
/// Expects that no call arrived.
void NoCall(ClientTalk& talk);
/// Expects that a call carries Alice's token once, and no other metadata but
/// gRPC's own.
void CarriesToken(ClientTalk& talk, const Received& call);

}  // namespace judge

#endif  // JUDGE_TALK_SECURE_TALK_H_
