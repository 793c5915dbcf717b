// Reads small files: a certificate, a token.
#ifndef BASE_FILE_H_
#define BASE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// Returns the content of a regular file, or NOT_FOUND with a message that
/// names the path.
absl::StatusOr<std::string> ReadFile(const std::string& path);

/// Returns the token of a file that holds `TOKEN` or `USER TOKEN`. The error
/// names the path and nothing that is in the file: it can't be read, or does
/// not hold one token of visible ASCII characters, which is all that metadata
/// can carry.
absl::StatusOr<std::string> ReadToken(const std::string& path);

}  // namespace kv

#endif  // BASE_FILE_H_
