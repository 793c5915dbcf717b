// The users and the tokens that prove who they are. It knows nothing of
// gRPC.
//
//   kv::Tokens tokens;
//   absl::Status status = tokens.Read("tokens");
//   std::optional<std::string> user = tokens.UserOf("alices-token");
#ifndef AUTH_TOKENS_H_
#define AUTH_TOKENS_H_

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace kv {

/// The tokens of a file. Keeps their SHA-256 digests, not their text.
/// Thread-safe.
class Tokens final {
 public:
  /// Reads a file and forgets what it read before. The file has lines of
  /// `USER TOKEN`, blank lines, and lines that begin with `#`. A user may have
  /// several tokens, so that you can roll out a new one before you revoke the
  /// old one. A file without a token, or without a newline at its end, may have
  /// been cut short and is an error. After an error, which names the file and
  /// the line but nothing that is in it, the old tokens stay valid.
  absl::Status Read(const std::string& path);

  /// Returns the user of a token, or nothing. It takes the same time for every
  /// token, valid or not, so the time reveals nothing about the tokens.
  std::optional<std::string> UserOf(absl::string_view token) const;

  /// Returns the number of tokens.
  std::size_t size() const { return rows()->size(); }

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Row {
    std::string user;
    Digest digest;
  };
  using Rows = std::vector<Row>;

  static Digest DigestOf(absl::string_view token);
  std::shared_ptr<const Rows> rows() const;

  mutable std::mutex mutex_;  // guards the pointer; the rows never change
  std::shared_ptr<const Rows> rows_ = std::make_shared<Rows>();
};

}  // namespace kv

#endif  // AUTH_TOKENS_H_
