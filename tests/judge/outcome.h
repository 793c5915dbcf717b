// What a run of a program that ends by itself left behind, and what is expected
// of it whatever it was asked.
#ifndef JUDGE_OUTCOME_H_
#define JUDGE_OUTCOME_H_

#include <string>

#include "conversation.h"
#include "process.h"

namespace judge {

/// What a run left behind.
struct Outcome {
  int status = 0;   ///< Its exit status.
  std::string out;  ///< All of its standard output.
  std::string err;  ///< All of its standard error.
};

/// What a program wrote, as the trace shows it.
/// @param text some of its output.
/// @return it in double quotes; a few lines are shown uncut.
std::string Output(const std::string& text);

/// Waits until a program ends, and expects that no signal ended it.
/// @param process the program.
/// @param conversation where that is noted.
/// @return what it left behind.
Outcome WaitForOutcome(Process& process, Conversation& conversation);

/// Expects exactly one line on stderr.
/// @param outcome what a run left behind.
/// @param conversation where that is noted.
void ExpectOneLine(const Outcome& outcome, Conversation& conversation);

/// Expects exit status 1 and one line on stderr, as of bad usage.
/// @param outcome what a run left behind.
/// @param word what the line must name.
/// @param conversation where that is noted.
void ExpectComplaint(const Outcome& outcome, const std::string& word,
                     Conversation& conversation);

}  // namespace judge

#endif  // JUDGE_OUTCOME_H_
