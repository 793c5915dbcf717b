// Records what the judge sends and expects while it asks one question.
//
//   conversation.Begin("put_if_absent", 2);
//   conversation.LookAt("`expected_revision` is optional: ...");
//   conversation.Sent("Put {key: \"a\" expected_revision: 0}");
//   conversation.Expect(status.ok(), "OK", Describe(status));
//   if (!conversation.going()) std::cout << conversation.Report();
//
// The first expectation that does not hold ends the conversation. Later steps
// are not recorded, so a question needs no error handling of its own.
#ifndef JUDGE_ASK_CONVERSATION_H_
#define JUDGE_ASK_CONVERSATION_H_

#include <string>
#include <utility>
#include <vector>

namespace judge {

/// What a report says of the program under test.
struct Evidence {
  std::string ended;              ///< That and how it ended, if that matters.
  std::vector<std::string> said;  ///< The last lines on its stderr.
  std::string advice;  ///< Replaces the question's; one line with a command.
  bool dead = false;   ///< Whether its end is the cause of what came.
};

/// The trace of one question. Not thread-safe: only the main thread speaks.
class Conversation {
 public:
  /// Takes the kind of program, for example `server`, and the words that start
  /// it.
  Conversation(std::string kind, std::vector<std::string> command)
      : kind_(std::move(kind)), command_(std::move(command)) {}
  virtual ~Conversation() = default;

  /// Begins a question of a stage, and forgets the last one.
  void Begin(const std::string& name, int stage);

  /// Sets the advice that is printed if one of the next expectations fails.
  /// `cpp` adds the names of C++ functions; only --cpp shows it.
  void LookAt(const std::string& thought, const std::string& cpp = "");
  /// The advice that LookAt() set last.
  const std::string& look_at() const { return look_at_; }

  /// Records a request or another step. A report shows the last few.
  void Sent(const std::string& what);

  /// Ends the conversation if the expectation does not hold, with a report that
  /// says what was expected, what came, and what the program said.
  void Expect(bool holds, const std::string& expected, const std::string& got);
  void Expect(bool holds, const std::string& expected, const std::string& got,
              const Evidence& evidence);

  /// Ends it because the judge itself can't go on. Nothing is judged.
  void GiveUp(const std::string& why);

  /// Ends it because this question can't be asked here. Nothing is judged.
  void Skip(const std::string& why);

  /// Replaces a text in all reports by a word. For text that differs from run
  /// to run, such as a port.
  void Hide(const std::string& text, const std::string& word);

  /// The kind of program.
  const std::string& kind() const { return kind_; }
  /// The words that start the program, without the judge's flags.
  const std::vector<std::string>& command() const { return command_; }
  /// The question's name.
  const std::string& name() const { return name_; }
  /// The first stage that is asked this question.
  int stage() const { return stage_; }
  /// Whether every expectation held so far.
  bool going() const {
    return report_.empty() && gave_up_.empty() && skipped_.empty();
  }
  /// Why the question was not asked; empty when it was.
  const std::string& skipped() const { return skipped_; }
  /// Why the judge can't go on; empty when it can.
  const std::string& gave_up() const { return gave_up_; }
  /// The failed expectation, several lines; empty when there is none.
  const std::string& Report() const { return report_; }

 protected:
  /// The evidence when an expectation has none of its own.
  virtual Evidence Program() { return {}; }

 private:
  const std::string kind_;
  const std::vector<std::string> command_;
  std::string name_;
  int stage_ = 0;
  std::string look_at_;
  std::vector<std::string> sent_;
  std::vector<std::pair<std::string, std::string>> hidden_;
  std::string report_;
  std::string gave_up_;
  std::string skipped_;
};

}  // namespace judge

#endif  // JUDGE_ASK_CONVERSATION_H_
