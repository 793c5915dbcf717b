// The flags of the judge that questions need.
#ifndef JUDGE_ASK_FLAGS_H_
#define JUDGE_ASK_FLAGS_H_

#include "absl/time/time.h"

namespace judge {

/// --patience: how long to wait for something that should happen immediately.
/// The default is long, because a machine may be busy. Only a wrong program
/// makes the judge wait that long.
absl::Duration Patience();

/// --stage: the program's stage; 0 when the flag is not a number.
int Stage();

}  // namespace judge

#endif  // JUDGE_ASK_FLAGS_H_
