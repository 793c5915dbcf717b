// Runs stage 01's program, which is neither a server nor a client, and reads
// what it prints.
#ifndef JUDGE_TALK_CONTRACT_TALK_H_
#define JUDGE_TALK_CONTRACT_TALK_H_

#include <string>
#include <vector>

#include "ask/conversation.h"
#include "talk/outcome.h"

namespace judge {

/// One program under test. Use it only from the main thread.
class ContractTalk final : public Conversation {
 public:
  explicit ContractTalk(std::vector<std::string> command)
      : Conversation("contract", std::move(command)) {}

  /// Runs the program, and expects exit status 0, nothing on stderr, and these
  /// rows on stdout. The number of spaces does not matter.
  void Prints(const std::vector<std::string>& words,
              const std::vector<std::string>& rows);
  /// Runs the program, and expects a complaint: exit status 1, a last line on
  /// stderr that names a word, nothing on stdout.
  void Refuses(const std::vector<std::string>& words, const std::string& named);

 private:
  Outcome Run(const std::vector<std::string>& words);
};

}  // namespace judge

#endif  // JUDGE_TALK_CONTRACT_TALK_H_
