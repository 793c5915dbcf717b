// The users and the tokens that prove who they are. It knows nothing of
// gRPC.
//
//   kv::Tokens tokens;
//   absl::Status status = tokens.Read("tokens");
//   std::optional<kv::User> user = tokens.UserOf("alices-token");
#ifndef AUTH_TOKENS_H_
#define AUTH_TOKENS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace kv {

/// A user in the token file.
struct User {
  std::string name;     ///< The first word of the line.
  bool writer = false;  ///< Whether the user may also write.
};

/// The tokens of a file. Keeps their SHA-256 digests, not their text.
/// Thread-safe.
class Tokens final {
 public:
  /// Reads a file and forgets what it read before. The file has lines of
  /// `USER TOKEN reader` or `USER TOKEN writer`, blank lines, and lines that
  /// begin with `#`. A line without a role is an error, because a missing word
  /// must not give a user more rights. A user may have several tokens, so that
  /// you can roll out a new one before you revoke the old one. A file without a
  /// token, or without a newline at its end, may have been cut short and is an
  /// error. After an error, which names the file and the line but nothing that
  /// is in it, the old tokens stay valid.
  absl::Status Read(const std::string& path);

  /// Returns the user of a token, or nothing. It takes the same time for every
  /// token, valid or not, so the time reveals nothing about the tokens.
  std::optional<User> UserOf(absl::string_view token) const;

  /// A number that changes with each successful Read().
  std::int64_t version() const { return version_; }

  /// Returns the number of tokens.
  std::size_t size() const { return rows()->size(); }

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Row {
    User user;
    Digest digest;
  };
  using Rows = std::vector<Row>;

  static Digest DigestOf(absl::string_view token);
  std::shared_ptr<const Rows> rows() const;

  mutable std::mutex mutex_;  // guards the pointer; the rows never change
  std::shared_ptr<const Rows> rows_ = std::make_shared<Rows>();
  std::atomic<std::int64_t> version_ = 0;
};

}  // namespace kv

#endif  // AUTH_TOKENS_H_
