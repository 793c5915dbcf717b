// What a run of a program that ends by itself left behind, and what is expected
// of it whatever it was asked.
#ifndef JUDGE_TALK_OUTCOME_H_
#define JUDGE_TALK_OUTCOME_H_

#include <memory>
#include <string>
#include <vector>

#include "ask/conversation.h"
#include "talk/process.h"

namespace judge {

/// What a run left behind.
struct Outcome {
  int status = 0;   ///< Its exit status.
  std::string out;  ///< All of its standard output.
  std::string err;  ///< All of its standard error.
};

/// Starts a program with a file as its standard input. When it can't be started
/// the judge gives up, and the result is nullptr.
std::unique_ptr<Process> StartProgram(const std::vector<std::string>& words,
                                      Conversation& conversation,
                                      const std::string& input = "/dev/null");

/// Some of a program's output in double quotes; a few lines are shown uncut.
std::string Output(const std::string& text);

/// Waits until a program ends, and expects that no signal ended it.
Outcome WaitForOutcome(Process& process, Conversation& conversation);

/// Expects exactly one line on stderr.
void ExpectOneLine(const Outcome& outcome, Conversation& conversation);

/// Expects exit status 1 and one line on stderr that names a word, as of bad
/// usage.
void ExpectComplaint(const Outcome& outcome, const std::string& word,
                     Conversation& conversation);

}  // namespace judge

#endif  // JUDGE_TALK_OUTCOME_H_
