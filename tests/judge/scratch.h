// A folder for the files that a question gives to a program.
#ifndef JUDGE_SCRATCH_H_
#define JUDGE_SCRATCH_H_

#include <string>

#include "conversation.h"

namespace judge {

/// A folder that is made when first needed, readable by its owner alone, and
/// removed in the end. Not thread-safe.
class Scratch final {
 public:
  /// @param conversation where trouble is noted; must outlive the scratch.
  explicit Scratch(Conversation& conversation) : conversation_(conversation) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  /// Removes it, and what is in it.
  ~Scratch();

  /// Writes a file, anew if it is there: nobody sees half of it.
  /// @param name as the trace shows it.
  /// @param text what is in it.
  /// @return its path; empty when it can't be written: noted.
  std::string File(const std::string& name, const std::string& text);

 private:
  Conversation& conversation_;
  std::string folder_;  // empty: there is none yet
};

}  // namespace judge

#endif  // JUDGE_SCRATCH_H_
