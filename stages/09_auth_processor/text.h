// How the client writes what it got, one line each.
#ifndef STAGE_TEXT_H_
#define STAGE_TEXT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "kv/v1/kv.pb.h"

namespace kv {

/// @param entry from a server.
/// @return its key, value and revision.
std::string Text(const v1::Entry& entry);

/// @param response of a Get that succeeded.
/// @return the entry.
std::string Text(const v1::GetResponse& response);

/// @param response of a Put that succeeded.
/// @return the revision.
std::string Text(const v1::PutResponse& response);

/// @param response of a Delete that succeeded.
/// @return whether the key was there.
std::string Text(const v1::DeleteResponse& response);

/// @param change of a Watch.
/// @return the entry, or which key was removed.
std::string Text(const v1::WatchResponse& change);

/// @param answer of a Pipeline.
/// @return what its operation gave, or how it failed.
std::string Text(const v1::PipelineResponse& answer);

/// @param status that is not OK.
/// @return the name of its code, and its message.
std::string Text(const grpc::Status& status);

}  // namespace kv

#endif  // STAGE_TEXT_H_
