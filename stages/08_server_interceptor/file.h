// Reads small files: a certificate, a token.
#ifndef STAGE_FILE_H_
#define STAGE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// @param path a file; anything else, such as a folder, can't be read.
/// @return all that is in it, or NOT_FOUND with a message that names the path.
absl::StatusOr<std::string> ReadFile(const std::string& path);

/// Reads a token file: `TOKEN`, or `USER TOKEN`.
/// @param path the file.
/// @return the token, or an error that names the path and no part of what is in
///     it: the file can't be read, has none or several, or one with characters
///     that can't be in metadata (all but visible ASCII).
absl::StatusOr<std::string> ReadToken(const std::string& path);

}  // namespace kv

#endif  // STAGE_FILE_H_
