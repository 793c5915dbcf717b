// Records what the judge sends and expects while it asks one question.
//
//   conversation.Begin("put_if_absent");
//   conversation.LookAt("`optional`: has_expected_revision() ...");
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

/// The trace of one question. Not thread-safe: only the main thread speaks.
class Conversation {
 public:
  /// Begins a question, and forgets the last one.
  void Begin(const std::string& name);

  /// Sets the advice that is printed if one of the next expectations fails.
  void LookAt(const std::string& thought);
  /// The advice that LookAt() set last.
  const std::string& look_at() const { return look_at_; }

  /// Records a request or another step. A report shows the last few.
  void Sent(const std::string& what);

  /// Ends the conversation if the expectation does not hold, with a report that
  /// says what was expected and what came.
  void Expect(bool holds, const std::string& expected, const std::string& got);

  /// Ends it because the judge itself can't go on. Nothing is judged.
  void GiveUp(const std::string& why);

  /// Ends it because this question can't be asked here. Nothing is judged.
  void Skip(const std::string& why);

  /// Replaces a text in all reports by a word. For text that differs from run
  /// to run, such as a port.
  void Hide(const std::string& text, const std::string& word);

  /// The question's name.
  const std::string& name() const { return name_; }
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

 private:
  std::string name_;
  std::string look_at_;
  std::vector<std::string> sent_;
  std::vector<std::pair<std::string, std::string>> hidden_;
  std::string report_;
  std::string gave_up_;
  std::string skipped_;
};

}  // namespace judge

#endif  // JUDGE_ASK_CONVERSATION_H_
