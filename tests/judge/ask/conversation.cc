#include "ask/conversation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ask/flags.h"
#include "ask/text.h"

namespace judge {

void Conversation::Begin(const std::string& name, int stage) {
  name_ = name;
  stage_ = stage;
  look_at_.clear();
  sent_.clear();
  report_.clear();
  gave_up_.clear();
  skipped_.clear();
  BePatient();
}

void Conversation::LookAt(const std::string& thought, const std::string& cpp) {
  if (!going()) return;
  look_at_ = thought;
  if (Cpp() && !cpp.empty()) absl::StrAppend(&look_at_, ". In C++: ", cpp);
}

void Conversation::Sent(const std::string& what) {
  if (going()) sent_.push_back(what);
}

void Conversation::Expect(bool holds, const std::string& expected,
                          const std::string& got) {
  if (!holds && going()) Expect(false, expected, got, Program());
}

void Conversation::Expect(bool holds, const std::string& expected,
                          const std::string& got, const Evidence& evidence) {
  if (holds || !going()) return;
  constexpr std::size_t kSteps = 3;  // how many of the last steps are shown
  // Replace hidden text before wrapping, because its length varies, too.
  const auto shown = [this](const std::string& label, const std::string& text) {
    return Paragraph(label, absl::StrReplaceAll(text, hidden_));
  };
  std::string report;
  for (auto i = sent_.size() - std::min(kSteps, sent_.size()); i < sent_.size();
       ++i) {
    const std::string label = report.empty() ? "sent" : "";
    absl::StrAppend(&report, shown(label, sent_[i]));
  }
  absl::StrAppend(&report, shown("expected", expected), shown("got", got));
  if (!evidence.ended.empty()) {
    absl::StrAppend(&report, shown("because", evidence.ended));
  }
  for (std::size_t i = 0; i < evidence.said.size(); ++i) {
    absl::StrAppend(&report,
                    Verbatim(i == 0 ? "stderr" : "",
                             absl::StrReplaceAll(evidence.said[i], hidden_)));
  }
  // Advice about the question does not help when the cause is another one.
  if (!evidence.advice.empty()) {
    absl::StrAppend(&report, Verbatim("look at", evidence.advice));
  } else if (!look_at_.empty() && !evidence.dead && evidence.ended.empty()) {
    absl::StrAppend(&report, shown("look at", look_at_));
  }
  report_ = report;
}

void Conversation::GiveUp(const std::string& why) {
  if (going()) gave_up_ = why;
}

void Conversation::Skip(const std::string& why) {
  if (going()) skipped_ = why;
}

void Conversation::Hide(const std::string& text, const std::string& word) {
  hidden_.emplace_back(text, word);
}

}  // namespace judge
