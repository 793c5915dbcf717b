#include "auth/tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"

namespace kv {
namespace {

// Errors give the line number but never its content, which may be a secret.
absl::Status LineError(const std::string& path, std::int64_t line,
                       absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ", line ", line, ": ", what));
}

}  // namespace

absl::Status Tokens::Read(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  if (!text->empty() && text->back() != '\n') {
    const auto last = std::count(text->begin(), text->end(), '\n') + 1;
    return LineError(path, last,
                     "no newline at the end: the file may be cut short");
  }
  auto rows = std::make_shared<Rows>();
  std::set<Digest> seen;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    if (words.size() != 3) {
      return LineError(path, number, "expected USER TOKEN ROLE");
    }
    if (words[2] != "reader" && words[2] != "writer") {
      return LineError(path, number, "the role must be reader or writer");
    }
    const Digest digest = DigestOf(words[1]);
    if (!seen.insert(digest).second) {
      return LineError(path, number, "the token is on an earlier line already");
    }
    rows->push_back({{words[0], words[2] == "writer"}, digest});
  }
  if (rows->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": has no tokens"));
  }
  const std::lock_guard lock(mutex_);
  rows_ = std::move(rows);
  ++version_;  // last: a new version implies new rows
  return absl::OkStatus();
}

// [compare]
std::optional<User> Tokens::UserOf(absl::string_view token) const {
  const Digest digest = DigestOf(token);
  const auto rows = this->rows();
  const Row* found = nullptr;
  for (const Row& row : *rows) {  // never break: the time would reveal which
    if (CRYPTO_memcmp(row.digest.data(), digest.data(), digest.size()) == 0) {
      found = &row;
    }
  }
  if (found == nullptr) return std::nullopt;
  return found->user;
}
// [compare]

Tokens::Digest Tokens::DigestOf(absl::string_view token) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         digest.data());
  return digest;
}

std::shared_ptr<const Tokens::Rows> Tokens::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

}  // namespace kv
