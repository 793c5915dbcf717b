// Talks to stage 01's program, which has no server and no client in it: gives
// it words, and reads what it prints.
#ifndef JUDGE_CONTRACT_TALK_H_
#define JUDGE_CONTRACT_TALK_H_

#include <string>
#include <vector>

#include "conversation.h"
#include "outcome.h"

namespace judge {

/// One program under question. To be used from the main thread.
class ContractTalk final {
 public:
  /// @param command the program's words.
  /// @param conversation where all is noted; must outlive the talk.
  ContractTalk(std::vector<std::string> command, Conversation& conversation)
      : command_(std::move(command)), conversation_(conversation) {}

  /// As Conversation::LookAt().
  void LookAt(const std::string& thought) { conversation_.LookAt(thought); }
  /// To be called before each question.
  /// @param name the question's.
  void Begin(const std::string& name) { conversation_.Begin(name); }

  /// Runs the program, and expects exit status 0, nothing on stderr, and rows
  /// on stdout. How many spaces stand in a row, or before it, is all one.
  /// @param words what follows the command.
  /// @param rows all of them.
  void Prints(const std::vector<std::string>& words,
              const std::vector<std::string>& rows);
  /// Runs the program, and expects a complaint: exit status 1, the last line on
  /// stderr, nothing on stdout.
  /// @param words what follows the command.
  /// @param named what the line must name.
  void Refuses(const std::vector<std::string>& words, const std::string& named);

 private:
  Outcome Run(const std::vector<std::string>& words);

  const std::vector<std::string> command_;
  Conversation& conversation_;
};

}  // namespace judge

#endif  // JUDGE_CONTRACT_TALK_H_
