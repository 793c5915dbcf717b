// What a running program uses of the machine, as the kernel counts it.
#ifndef JUDGE_TALK_USAGE_H_
#define JUDGE_TALK_USAGE_H_

#include <sys/types.h>

#include "absl/time/time.h"

namespace judge {

/// What a process uses; all zero if the kernel does not say.
struct Usage {
  int threads = 0;  ///< How many threads it has.
  /// How long these threads ran, or waited for a processor that others used. So
  /// it is about the same on a busy machine.
  absl::Duration runnable;
};

/// Reads /proc/PID/task/.
Usage UsageOf(pid_t pid);

}  // namespace judge

#endif  // JUDGE_TALK_USAGE_H_
