#include "talk/outcome.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ask/flags.h"
#include "ask/text.h"
#include "talk/evidence.h"

namespace judge {
namespace {

constexpr std::size_t kLongest = 200;  // a few lines

}  // namespace

std::string Output(const std::string& text) {
  return absl::StrReplaceAll(Quoted(text, kLongest), {{"\\\"", "\""}});
}

std::unique_ptr<Process> StartProgram(const std::vector<std::string>& words,
                                      Conversation& conversation,
                                      const std::string& input) {
  auto process = Process::Start(words, input);
  if (process.ok()) return *std::move(process);
  conversation.GiveUp(absl::StrCat("cannot start ", Quoted(words[0]), ": ",
                                   process.status().message(),
                                   DidYouMean(conversation)));
  return nullptr;
}

Outcome WaitForOutcome(Process& process, Conversation& conversation) {
  const auto end = process.WaitForEnd(Patience());
  const Evidence evidence = EvidenceOfExit(conversation, process);
  conversation.Expect(end.has_value(), "the program ends", "it still runs",
                      evidence);
  if (!end.has_value()) return {};
  conversation.Expect(!end->killed, "the program exits", Describe(*end),
                      evidence);
  return {end->number, process.out(), process.err(), evidence};
}

void ExpectOf(const Outcome& outcome, bool holds, const std::string& expected,
              const std::string& got, Conversation& conversation) {
  conversation.Expect(holds, expected, got, outcome.evidence);
}

void ExpectOneLine(const Outcome& outcome, Conversation& conversation) {
  const std::string& err = outcome.err;
  const auto lines = std::count(err.begin(), err.end(), '\n');
  const bool shown = err.size() <= kLongest;
  conversation.Expect(lines == 1 && err.back() == '\n',
                      "exactly one line on stderr",
                      shown ? Output(err) : absl::StrCat(lines, " lines"),
                      shown ? Evidence() : outcome.evidence);
}

void ExpectComplaint(const Outcome& outcome, const std::string& word,
                     Conversation& conversation) {
  ExpectOneLine(outcome, conversation);
  conversation.Expect(absl::StrContains(outcome.err, word),
                      absl::StrCat("a line that names ", word),
                      Output(outcome.err));
  ExpectOf(outcome, outcome.status == 1, "exit status 1",
           absl::StrCat("exit status ", outcome.status), conversation);
}

}  // namespace judge
