// HTTP/2 by hand, without TLS: what gRPC's own client is too polite to send.
#ifndef JUDGE_TALK_PLAINTEXT_H_
#define JUDGE_TALK_PLAINTEXT_H_

#include <google/protobuf/message.h>

#include <string>

#include "ask/text.h"
#include "talk/process.h"

namespace judge {

/// Connects to 127.0.0.1:PORT, and says nothing. The descriptor is -1 when the
/// connection was refused.
Descriptor Connected(const std::string& address);

/// Sends a whole unary call at once, before the server has said anything; a key
/// or value of its metadata has at most 126 bytes. Returns whether the server
/// spoke HTTP/2, too, when that is known: it answered, closed the connection,
/// or let Patience() pass.
bool AnswersInPlaintext(const std::string& address, const std::string& rpc,
                        const Metadata& metadata,
                        const google::protobuf::Message& request);

}  // namespace judge

#endif  // JUDGE_TALK_PLAINTEXT_H_
