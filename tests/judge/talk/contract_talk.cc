#include "talk/contract_talk.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ask/text.h"

namespace judge {
namespace {

// The word as typed, if possible. Other bytes are escaped and long words cut.
std::string Typed(const std::string& word) {
  const std::string quoted = Quoted(word);
  const bool plain = !word.empty() &&
                     quoted == absl::StrCat("\"", word, "\"") &&
                     word.find(' ') == std::string::npos;
  return plain ? word : quoted;
}

// Cuts a long row, a little before the place where it differs.
std::string Part(const std::string& row, std::size_t differs) {
  constexpr std::size_t kBefore = 24;
  constexpr std::size_t kLongest = 80;
  if (row.size() <= kLongest) return row;
  const std::size_t from = differs < kBefore ? 0 : differs - kBefore;
  const std::string part = row.substr(from, kLongest);
  return absl::StrCat(from == 0 ? "" : "...", part,
                      from + part.size() < row.size() ? "..." : "");
}

std::vector<std::string> Rows(const std::string& text) {
  std::vector<std::string> rows;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    std::string row(line);
    absl::RemoveExtraAsciiWhitespace(&row);
    if (!row.empty()) rows.push_back(row);
  }
  return rows;
}

}  // namespace

Outcome ContractTalk::Run(const std::vector<std::string>& words) {
  if (!going()) return {};
  std::string typed = "contract";
  for (const std::string& word : words)
    absl::StrAppend(&typed, " ", Typed(word));
  Sent(typed);
  std::vector<std::string> all = command();
  all.insert(all.end(), words.begin(), words.end());
  const auto process = StartProgram(all, *this);
  if (process == nullptr) return {};
  return WaitForOutcome(*process, *this);
}

void ContractTalk::Prints(const std::vector<std::string>& words,
                          const std::vector<std::string>& rows) {
  const Outcome outcome = Run(words);
  ExpectOf(outcome, outcome.status == 0, "exit status 0",
           absl::StrCat("exit status ", outcome.status), *this);
  Expect(outcome.err.empty(), "nothing on stderr", Output(outcome.err));
  const std::vector<std::string> got = Rows(outcome.out);
  const auto parts =
      std::mismatch(got.begin(), got.end(), rows.begin(), rows.end());
  if (parts.first == got.end() && parts.second == rows.end()) return;
  const std::string mine = parts.first == got.end() ? "" : *parts.first;
  const std::string other = parts.second == rows.end() ? "" : *parts.second;
  const auto differs = static_cast<std::size_t>(
      std::mismatch(mine.begin(), mine.end(), other.begin(), other.end())
          .first -
      mine.begin());
  const auto row = [&](const std::string& text) {
    return text.empty() ? "no more on stdout"
                        : absl::StrCat("line ", parts.first - got.begin() + 1,
                                       ": ", Part(text, differs));
  };
  Expect(false, row(other), row(mine));
}

void ContractTalk::Refuses(const std::vector<std::string>& words,
                           const std::string& named) {
  Outcome outcome = Run(words);
  // protobuf itself logs a line before this one when a key is not UTF-8.
  outcome.err.erase(0, outcome.err.rfind('\n', outcome.err.size() - 2) + 1);
  ExpectComplaint(outcome, named, *this);
  Expect(outcome.out.empty(), "nothing on stdout", Output(outcome.out));
}

}  // namespace judge
