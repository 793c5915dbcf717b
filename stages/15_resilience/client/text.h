// How the client prints what it receives, one line each. Keys, values and
// messages come from the server: they are escaped, so that they can't break the
// line or control the terminal.
#ifndef CLIENT_TEXT_H_
#define CLIENT_TEXT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "kv/v1/kv.pb.h"

namespace kv {

std::string Text(const v1::Entry& entry);           ///< "k" = "v" (revision 3)
std::string Text(const v1::GetResponse& response);  ///< the entry
std::string Text(const v1::PutResponse& response);  ///< revision 3
std::string Text(const v1::DeleteResponse& response);  ///< deleted (revision 4)
std::string Text(const v1::WatchResponse& change);     ///< the entry or its key

/// The name of the code, the message and the details, such as
/// `NOT_FOUND: no such key "k" [KEY_NOT_FOUND of kv.v1, revision: 3]`.
std::string Text(const grpc::Status& status);

/// The result of an operation, or its error in the form of a status.
std::string Text(const v1::PipelineResponse& answer);

}  // namespace kv

#endif  // CLIENT_TEXT_H_
