// Reads small files, such as certificates and tokens.
#ifndef BASE_FILE_H_
#define BASE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// Returns the content of a regular file, or NOT_FOUND with a message that
/// names the path.
absl::StatusOr<std::string> ReadFile(const std::string& path);

/// Returns the token of a file that holds `TOKEN` or `USER TOKEN`. Fails if the
/// file can't be read or does not hold one token of visible ASCII characters,
/// which is all that metadata can carry. The error names the path but nothing
/// that is in the file.
absl::StatusOr<std::string> ReadToken(const std::string& path);

}  // namespace kv

#endif  // BASE_FILE_H_
