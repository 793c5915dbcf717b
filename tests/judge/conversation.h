// What is said between the judge and a program while one question is asked.
//
//   conversation.Begin("put_if_absent");
//   conversation.LookAt("`optional`: has_expected_revision() ...");
//   conversation.Sent("Put {key: \"a\" expected_revision: 0}");
//   conversation.Expect(status.ok(), "OK", Describe(status));
//   if (!conversation.going()) std::cout << conversation.Report();
//
// The first expectation that does not hold ends it: what is said afterwards is
// not recorded, so that a question reads as one straight line of steps.
#ifndef JUDGE_CONVERSATION_H_
#define JUDGE_CONVERSATION_H_

#include <string>
#include <utility>
#include <vector>

namespace judge {

/// The trace of one question. Not thread-safe: only the main thread speaks.
class Conversation final {
 public:
  /// Forgets the last question.
  /// @param name the new one's.
  void Begin(const std::string& name);

  /// Where a learner should look if one of the next expectations fails.
  /// @param thought one sentence.
  void LookAt(const std::string& thought);

  /// @return what was said last of where to look.
  const std::string& look_at() const { return look_at_; }

  /// Notes a step; the last few are shown.
  /// @param what a request, or another thing that was done.
  void Sent(const std::string& what);

  /// Ends the conversation unless the expectation holds.
  /// @param holds whether it does.
  /// @param expected what should have come.
  /// @param got what came.
  void Expect(bool holds, const std::string& expected, const std::string& got);

  /// Ends it because the judge itself can't go on; no answer is judged.
  /// @param why what failed.
  void GiveUp(const std::string& why);

  /// Ends it because the question can't be asked here; no answer is judged.
  /// @param why what is missing.
  void Skip(const std::string& why);

  /// From now on shows a word in place of text that differs from run to run.
  /// @param text for example a port.
  /// @param word what to show.
  void Hide(const std::string& text, const std::string& word);

  /// @return the question's name.
  const std::string& name() const { return name_; }
  /// @return whether every expectation held so far.
  bool going() const {
    return report_.empty() && gave_up_.empty() && skipped_.empty();
  }
  /// @return why the question was not asked; empty when it was.
  const std::string& skipped() const { return skipped_; }
  /// @return why the judge can't go on; empty when it can.
  const std::string& gave_up() const { return gave_up_; }
  /// @return the failed expectation, several lines; empty when there is none.
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

#endif  // JUDGE_CONVERSATION_H_
