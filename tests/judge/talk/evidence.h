// Finds out why a program ended: what it said, and what was wrong with the
// command that started it.
#ifndef JUDGE_TALK_EVIDENCE_H_
#define JUDGE_TALK_EVIDENCE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "ask/conversation.h"
#include "talk/process.h"

namespace judge {

/// What a program did and said. It counts as dead if it has ended although the
/// judge has not sent it a signal. While it runs, only what it has written on
/// stderr after the first `from` bytes is shown.
Evidence EvidenceOf(const Conversation& conversation, Process& process,
                    std::size_t from = 0);

/// Does the same for a program that should end: its exit status is not shown,
/// and it is dead only if a signal has killed it.
Evidence EvidenceOfExit(const Conversation& conversation, Process& process);

/// A question that suggests another command if the first word can't be started;
/// empty if there is no better one.
std::string DidYouMean(const Conversation& conversation);

}  // namespace judge

#endif  // JUDGE_TALK_EVIDENCE_H_
