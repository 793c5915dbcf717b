// HTTP/2 without TLS, written by hand, because gRPC's client can't send it.
#ifndef JUDGE_TALK_PLAINTEXT_H_
#define JUDGE_TALK_PLAINTEXT_H_

#include <google/protobuf/message.h>

#include <string>

#include "ask/text.h"
#include "talk/process.h"

namespace judge {

/// Connects to 127.0.0.1:PORT and sends nothing. The descriptor is -1 when the
/// connection fails.
Descriptor Connected(const std::string& address);

/// Sends a whole unary call before the server has sent anything. A metadata key
/// or value may have at most 126 bytes. Waits until the server answers, closes
/// the connection or Patience() is over, and returns whether it has answered in
/// HTTP/2.
bool AnswersInPlaintext(const std::string& address, const std::string& rpc,
                        const Metadata& metadata,
                        const google::protobuf::Message& request);

}  // namespace judge

#endif  // JUDGE_TALK_PLAINTEXT_H_
