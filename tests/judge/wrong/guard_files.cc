// Reads the files of a guard: certificates, keys and tokens.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "wrong/guard.h"
#include "wrong/mistake.h"
#include "wrong/operations.h"

ABSL_FLAG(std::string, tls_cert, "", "");
ABSL_FLAG(std::string, tls_key, "", "");
ABSL_FLAG(std::string, token_file, "", "");
ABSL_FLAG(std::string, client_ca, "", "");
ABSL_FLAG(int, stage, 9, "from 9 on, a line of the token file needs a role");

namespace wrong {
namespace {

// Reads a file. Returns false if that fails, also for a folder.
bool Read(const std::string& path, std::string& text) {
  std::error_code none;
  if (Mistake("folder_is_empty") && std::filesystem::is_directory(path, none)) {
    return true;
  }
  if (!std::filesystem::is_regular_file(path, none)) return false;
  const std::ifstream file(path);
  std::ostringstream all;
  all << file.rdbuf();
  text = all.str();
  return true;
}

}  // namespace

Guard::Guard()
    : cert_(absl::GetFlag(FLAGS_tls_cert)), key_(absl::GetFlag(FLAGS_tls_key)) {
  tls_ = !cert_.empty() && !key_.empty();
  if (cert_.empty() != key_.empty() && !Mistake("half_is_none")) {
    trouble_ = "--tls_cert needs --tls_key";
    return;
  }
  if (!absl::GetFlag(FLAGS_token_file).empty() && !tls_ &&
      !Mistake("tokens_without_tls")) {
    trouble_ = "--token_file needs --tls_cert";
    return;
  }
  if (!absl::GetFlag(FLAGS_client_ca).empty() && !tls_ &&
      !Mistake("authority_without_tls")) {
    trouble_ = "--client_ca needs --tls_cert";
    return;
  }
  client_ca_ = absl::GetFlag(FLAGS_client_ca);
  for (std::string* const path : {&cert_, &key_, &client_ca_}) {
    std::string text;
    if (path->empty() || Read(*path, text)) {
      *path = text;
    } else if (path == &key_ && Mistake("starts_without_key")) {
      tls_ = false;
    } else if (path == &client_ca_ && Mistake("starts_without_authority")) {
      client_ca_ = "";
    } else if (trouble_.empty()) {
      trouble_ = Mistake("names_no_file") ? "cannot read a file"
                                          : absl::StrCat("cannot read ", *path);
    }
  }
  tokens_ = !absl::GetFlag(FLAGS_token_file).empty();
  if (trouble_.empty() && tokens_) trouble_ = Load(table_);
  if (Mistake("tls_ignored")) tls_ = false;
  if (tls_ && Operations::Wanted()) Operations::Publish(cert_, key_);
}

void Guard::Reload() {
  if (Mistake("forgets_sighup")) return;
  std::string cert;
  std::string key;
  if (Operations::Wanted() && Read(absl::GetFlag(FLAGS_tls_cert), cert) &&
      Read(absl::GetFlag(FLAGS_tls_key), key)) {
    const std::string trouble = Operations::Publish(cert, key);
    if (!trouble.empty()) std::cerr << trouble << "\n";
  }
  if (!tokens_) return;
  Table table;
  const std::string trouble = Load(table);
  if (!trouble.empty() && Mistake("dies_of_bad_reread")) std::exit(1);
  if (trouble.empty() || Mistake("loses_tokens")) Exchange(std::move(table));
  if (!trouble.empty() && !Mistake("hides_bad_reread")) {
    std::cerr << trouble << "\n";  // must be last: the judge waits for it
  }
}

void Guard::Exchange(Table table) {
  const std::lock_guard lock(mutex_);
  if (Mistake("keeps_revoked")) table.merge(table_);
  if (Mistake("keeps_roles")) {
    for (auto& [token, user] : table) {
      const auto old = table_.find(token);
      if (old != table_.end()) user = old->second;
    }
  }
  table_ = std::move(table);
}

// Fills the table from the file. Returns why the file is bad, or an empty
// string.
std::string Guard::Load(Table& table) {
  const std::string path = absl::GetFlag(FLAGS_token_file);
  std::string text;
  if (!Read(path, text)) return absl::StrCat("cannot read ", path);
  if (!text.empty() && text.back() != '\n' && !Mistake("takes_a_cut_file")) {
    const auto last = std::count(text.begin(), text.end(), '\n') + 1;
    return absl::StrCat(path, ", line ", last, ": no newline");
  }
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (Mistake("takes_comments")) absl::ConsumePrefix(&line, "#");
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    const bool blank = words.empty() || words[0][0] == '#';
    if (!blank || !Mistake("counts_some_lines")) ++number;
    if (blank) continue;
    if (words.size() == 1 && Mistake("skips_bad_lines")) continue;
    const bool roles = absl::GetFlag(FLAGS_stage) >= 9;
    const std::string role = Mistake("all_are_readers")               ? "reader"
                             : words.size() == 3                      ? words[2]
                             : Mistake("reader_by_default")           ? "reader"
                             : Mistake("writer_by_default") || !roles ? "writer"
                                                                      : "";
    const bool known =
        role == "reader" || role == "writer" || Mistake("takes_any_role");
    if (words.size() < 2 || words.size() > 3 || !known) {
      return absl::StrCat(path, ", line ", number,
                          ": not \"USER TOKEN [ROLE]\"",
                          Mistake("shows_bad_line") ? ": " : "",
                          Mistake("shows_bad_line") ? line : "");
    }
    if (Mistake("knows_one_user") && !table.empty()) continue;
    const auto has_one = [&words](const auto& row) {
      return row.second.name == words[0];
    };
    if (Mistake("one_token_a_user") &&
        std::any_of(table.begin(), table.end(), has_one)) {
      continue;
    }
    table[words[1]] = {words[0], role};
  }
  if (table.empty() && !Mistake("takes_an_empty_file")) {
    return absl::StrCat(path, ": nobody in it");
  }
  return "";
}

}  // namespace wrong
