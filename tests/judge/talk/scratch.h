// A folder for the files that a question gives to a program.
#ifndef JUDGE_TALK_SCRATCH_H_
#define JUDGE_TALK_SCRATCH_H_

#include <string>

#include "ask/conversation.h"

namespace judge {

/// A folder that only its owner can read. The first call creates it, and the
/// destructor removes it. Not thread-safe.
class Scratch final {
 public:
  /// The conversation records errors, and must outlive this object.
  explicit Scratch(Conversation& conversation) : conversation_(conversation) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  /// Returns a path in the folder, where the program may create something. The
  /// trace shows only the name.
  std::string Path(const std::string& name);

  /// Writes or replaces a file atomically. Returns its path, of which the trace
  /// shows only the file name. When that fails, the conversation records why
  /// and the path is empty.
  std::string File(const std::string& name, const std::string& text);

 private:
  Conversation& conversation_;
  std::string folder_;  // empty until the first call
};

}  // namespace judge

#endif  // JUDGE_TALK_SCRATCH_H_
