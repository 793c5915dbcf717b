#include "tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "file.h"

namespace kv {

absl::Status Tokens::Read(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  auto rows = std::make_shared<Rows>();
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    if (words.size() != 2) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ", line ", number, ": not a user and a token"));
    }
    const Digest digest = DigestOf(words[1]);
    const auto same = [&](const Row& row) { return row.digest == digest; };
    if (std::any_of(rows->begin(), rows->end(), same)) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ", line ", number, ": a token that stands there already"));
    }
    rows->push_back({words[0], digest});
  }
  const std::lock_guard lock(mutex_);
  rows_ = std::move(rows);
  return absl::OkStatus();
}

// [compare]
std::optional<std::string> Tokens::UserOf(absl::string_view token) const {
  const Digest digest = DigestOf(token);
  const auto rows = this->rows();
  const Row* found = nullptr;
  for (const Row& row : *rows) {  // to the end: the place must not show
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
