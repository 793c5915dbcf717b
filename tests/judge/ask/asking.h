// Chooses questions, asks them in order, and prints the result of each.
#ifndef JUDGE_ASK_ASKING_H_
#define JUDGE_ASK_ASKING_H_

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ask/conversation.h"
#include "ask/question.h"

namespace judge {

/// The judge's exit statuses.
enum Exit : int { kRight = 0, kWrong = 1, kCannotAsk = 2 };

/// Prints on stderr why the judge can't ask.
Exit Fail(const std::string& why);

/// The verdict, in green or red on a terminal unless NO_COLOR is set.
std::string Verdict(bool right);

/// Every `many`-th question, starting with number `one`: for concurrent judges.
struct Slice {
  std::size_t one;
  std::size_t many;
};
/// Parses a slice such as 2/4. Returns nullopt for anything else.
std::optional<Slice> ParseSlice(const std::string& text);

/// How questions are chosen.
struct Choice {
  int stage;         ///< Up to this stage; its own come first.
  bool only_new;     ///< Only those of this stage.
  std::string name;  ///< Only this one; empty: all.
};

/// The chosen ones of the given questions.
template <class Talk>
std::vector<Question<Talk>> Chosen(std::vector<Question<Talk>> questions,
                                   const Choice& choice) {
  const auto out = [&choice](const Question<Talk>& question) {
    return question.stage > choice.stage ||
           (choice.only_new && question.stage < choice.stage) ||
           (!choice.name.empty() && choice.name != question.name);
  };
  questions.erase(std::remove_if(questions.begin(), questions.end(), out),
                  questions.end());
  std::stable_partition(questions.begin(), questions.end(),
                        [&choice](const Question<Talk>& question) {
                          return question.stage == choice.stage;
                        });
  return questions;
}

/// Asks a slice of the questions, up to the first wrong answer unless `all`.
template <class Talk>
Exit Ask(const std::vector<Question<Talk>>& questions, const Slice& slice,
         bool all, Talk& talk) {
  if (questions.empty()) return Fail("no such question at this stage: --list");
  const Conversation& conversation = talk;
  std::vector<std::string> wrong;
  std::size_t asked = 0;
  std::size_t skipped = 0;
  for (std::size_t i = slice.one - 1; i < questions.size(); i += slice.many) {
    const auto& question = questions[i];
    talk.Begin(question.name, question.stage);
    question.ask(talk);
    if (!conversation.gave_up().empty()) return Fail(conversation.gave_up());
    const std::string told =
        absl::StrFormat(" %2d/%d  %s: %s\n", i + 1, questions.size(),
                        question.name, question.what);
    if (!conversation.skipped().empty()) {
      ++skipped;
      std::cout << "--  " << told
                << "      not asked: " << conversation.skipped() << std::endl;
      continue;
    }
    ++asked;
    const bool right = conversation.going();
    std::cout << Verdict(right) << told << conversation.Report() << std::flush;
    if (right) continue;
    wrong.emplace_back(question.name);
    if (!all) {
      std::cout << absl::StrFormat("%d of %d, then %s\n", i - skipped,
                                   questions.size() - skipped, question.name);
      return kWrong;
    }
  }
  std::cout << asked - wrong.size() << " of " << asked
            << " questions answered right" << (wrong.empty() ? "" : ", not ")
            << absl::StrJoin(wrong, ", ") << "\n";
  return wrong.empty() && asked > 0 ? kRight : kWrong;
}

/// Prints questions, one a line.
template <class Talk>
void List(const std::string& kind,
          const std::vector<Question<Talk>>& questions) {
  for (const auto& question : questions) {
    std::cout << absl::StrFormat("%02d %s %-17s %s\n", question.stage, kind,
                                 question.name, question.what);
  }
}

}  // namespace judge

#endif  // JUDGE_ASK_ASKING_H_
