// A folder for the files that a question gives to a program.
#ifndef JUDGE_TALK_SCRATCH_H_
#define JUDGE_TALK_SCRATCH_H_

#include <string>

#include "ask/conversation.h"

namespace judge {

/// A folder that is made when first needed, readable by its owner alone, and
/// removed in the end. Not thread-safe.
class Scratch final {
 public:
  /// The conversation, in which trouble is noted, must outlive it.
  explicit Scratch(Conversation& conversation) : conversation_(conversation) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  /// Writes a file, anew if it is there: nobody sees half of it. Returns its
  /// path, of which the trace shows only the name; empty when it can't be
  /// written, which is noted.
  std::string File(const std::string& name, const std::string& text);

 private:
  Conversation& conversation_;
  std::string folder_;  // empty: there is none yet
};

}  // namespace judge

#endif  // JUDGE_TALK_SCRATCH_H_
