// What the judge was told on its command line that a question needs to know.
#ifndef JUDGE_ASK_FLAGS_H_
#define JUDGE_ASK_FLAGS_H_

#include "absl/time/time.h"

namespace judge {

/// --patience: how long to wait for what should take no time. Long by default,
/// because machines are busy; only a wrong program is ever waited for that
/// long.
absl::Duration Patience();

/// --stage: how far the program has come; 0 when that is no number.
int Stage();

}  // namespace judge

#endif  // JUDGE_ASK_FLAGS_H_
