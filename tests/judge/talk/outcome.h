// The result of a program that has exited, and expectations that all kinds of
// programs share.
#ifndef JUDGE_TALK_OUTCOME_H_
#define JUDGE_TALK_OUTCOME_H_

#include <memory>
#include <string>
#include <vector>

#include "ask/conversation.h"
#include "talk/process.h"

namespace judge {

/// The result of a run.
struct Outcome {
  int status = 0;     ///< Its exit status.
  std::string out;    ///< All of its standard output.
  std::string err;    ///< All of its standard error.
  Evidence evidence;  ///< What a report shows of it.
};

/// Starts a program of the conversation's kind with a file as its standard
/// input. When that fails, the judge gives up and this returns nullptr.
std::unique_ptr<Process> StartProgram(const std::vector<std::string>& words,
                                      Conversation& conversation,
                                      const std::string& input = "/dev/null");

/// A program's output in double quotes, cut after a few lines. Quotes in it are
/// not escaped.
std::string Output(const std::string& text);

/// Waits until a program exits, for at most Patience(), and expects that no
/// signal has killed it.
Outcome WaitForOutcome(Process& process, Conversation& conversation);

/// Expects something of a program's end or output. The report shows what the
/// program has written on stderr.
void ExpectOf(const Outcome& outcome, bool holds, const std::string& expected,
              const std::string& got, Conversation& conversation);

/// Expects exactly one line on stderr.
void ExpectOneLine(const Outcome& outcome, Conversation& conversation);

/// Expects exit status 1 and one line on stderr that contains a word, as after
/// bad usage.
void ExpectComplaint(const Outcome& outcome, const std::string& word,
                     Conversation& conversation);

}  // namespace judge

#endif  // JUDGE_TALK_OUTCOME_H_
