// Who may call: users, and the tokens that they prove themselves with. It knows
// nothing of gRPC.
//
//   kv::Tokens tokens;
//   absl::Status status = tokens.Read("tokens");
//   std::optional<std::string> user = tokens.UserOf("alices-token");
#ifndef STAGE_TOKENS_H_
#define STAGE_TOKENS_H_

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

/// The tokens of a file. Of each it keeps the SHA-256 digest and not the text.
/// Thread-safe.
class Tokens final {
 public:
  /// Reads a file in place of what was read before: lines of `USER TOKEN`,
  /// blank ones, and ones that begin with `#`. A user may have several tokens,
  /// so that you can roll out a new one before you revoke the old one. A file
  /// without a token, or without a newline at its end, is an error: it may have
  /// been cut short.
  /// @param path the file.
  /// @return OK; or an error that names the file and the line and no part of
  ///     what is in it, and all is as before.
  absl::Status Read(const std::string& path);

  /// Finds a user. Takes as long for a right token as for a wrong one,
  /// whosever it is, so the time tells nothing about the tokens.
  /// @param token what somebody calls with.
  /// @return whose it is; nullopt when it is nobody's.
  std::optional<std::string> UserOf(absl::string_view token) const;

  /// @return how many tokens there are.
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

  mutable std::mutex mutex_;  // guards the pointer; what it points to stays
  std::shared_ptr<const Rows> rows_ = std::make_shared<Rows>();
};

}  // namespace kv

#endif  // STAGE_TOKENS_H_
