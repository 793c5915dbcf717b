#include "talk/outcome.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ask/flags.h"
#include "ask/text.h"

namespace judge {

std::string Output(const std::string& text) {
  constexpr std::size_t kLongest = 200;  // a few lines
  return Quoted(text, kLongest);
}

std::unique_ptr<Process> StartProgram(const std::vector<std::string>& words,
                                      Conversation& conversation,
                                      const std::string& input) {
  auto process = Process::Start(words, input);
  if (process.ok()) return *std::move(process);
  conversation.GiveUp(absl::StrCat("cannot start ", Quoted(words[0]), ": ",
                                   process.status().message()));
  return nullptr;
}

Outcome WaitForOutcome(Process& process, Conversation& conversation) {
  const auto end = process.WaitForEnd(Patience());
  conversation.Expect(end.has_value(), "the program ends", "it still runs");
  if (!end.has_value()) return {};
  conversation.Expect(!end->killed, "the program exits", Describe(*end));
  return {end->number, process.out(), process.err()};
}

void ExpectOneLine(const Outcome& outcome, Conversation& conversation) {
  const std::string& err = outcome.err;
  const auto lines = std::count(err.begin(), err.end(), '\n');
  conversation.Expect(lines == 1 && err.back() == '\n',
                      "exactly one line on stderr", Output(err));
}

void ExpectComplaint(const Outcome& outcome, const std::string& word,
                     Conversation& conversation) {
  ExpectOneLine(outcome, conversation);
  conversation.Expect(absl::StrContains(outcome.err, word),
                      absl::StrCat("a line that names ", word),
                      Output(outcome.err));
  conversation.Expect(outcome.status == 1, "exit status 1",
                      absl::StrCat("exit status ", outcome.status));
}

}  // namespace judge
