// The flags of the judge that questions need.
#ifndef JUDGE_ASK_FLAGS_H_
#define JUDGE_ASK_FLAGS_H_

#include "absl/time/time.h"

namespace judge {

/// How long to wait for something that should happen immediately: --patience,
/// which is long because a machine may be busy. After LosePatience() it is only
/// a moment, so that the waits of one question do not add up. Thread-safe.
absl::Duration Patience();
/// Says that this question has waited for --patience in vain. Thread-safe.
void LosePatience();
/// Begins a question.
void BePatient();

/// --cpp: whether the program is written in C++, for advice.
bool Cpp();

/// --stage: the program's stage; 0 when the flag is not a number.
int Stage();

}  // namespace judge

#endif  // JUDGE_ASK_FLAGS_H_
