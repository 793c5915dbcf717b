// Where a watch goes on after it broke: the store, and the last revision that
// was printed, in a file of one line.
#ifndef CLIENT_RESUME_H_
#define CLIENT_RESUME_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kv {

/// The last change that a watch has printed.
struct Position {
  std::string store;          ///< The server's `kv-store`.
  std::int64_t revision = 0;  ///< In that store.
};

/// Returns no position if there is no such file. An error names the file: it
/// can't be read, or does not hold a position.
absl::StatusOr<std::optional<Position>> ReadPosition(const std::string& path);

/// Replaces the file atomically. If the client is killed, it holds this
/// position or the one before: then the watch repeats a change, but misses
/// none.
absl::Status WritePosition(const std::string& path, const Position& position);

}  // namespace kv

#endif  // CLIENT_RESUME_H_
