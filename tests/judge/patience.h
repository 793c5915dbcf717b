// How long the judge waits for what should take no time.
#ifndef JUDGE_PATIENCE_H_
#define JUDGE_PATIENCE_H_

#include "absl/time/time.h"

namespace judge {

/// Long by default, because machines are busy; only a wrong program is ever
/// waited for that long.
/// @return what --patience says.
absl::Duration Patience();

}  // namespace judge

#endif  // JUDGE_PATIENCE_H_
