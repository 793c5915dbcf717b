// HTTP/2 by hand, without TLS: what gRPC's own client is too polite to send.
#ifndef JUDGE_PLAINTEXT_H_
#define JUDGE_PLAINTEXT_H_

#include <google/protobuf/message.h>

#include <string>

#include "process.h"
#include "text.h"

namespace judge {

/// Connects, and says nothing.
/// @param address 127.0.0.1:PORT.
/// @return the connection; -1 when it was refused.
Descriptor Connected(const std::string& address);

/// Sends a whole unary call at once, before the server has said anything.
/// @param address where, as 127.0.0.1:PORT.
/// @param rpc its method, for example Put.
/// @param metadata what it carries; at most 126 bytes a key or value.
/// @param request its message.
/// @return whether the server spoke HTTP/2, too. It returns when that is known:
///     the server answered, closed the connection, or let Patience() pass.
bool AnswersInPlaintext(const std::string& address, const std::string& rpc,
                        const Metadata& metadata,
                        const google::protobuf::Message& request);

}  // namespace judge

#endif  // JUDGE_PLAINTEXT_H_
