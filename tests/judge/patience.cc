#include "patience.h"

#include "absl/flags/flag.h"

ABSL_FLAG(absl::Duration, patience, absl::Seconds(10),
          "how long to wait for an answer, for READY and for an end");

namespace judge {

absl::Duration Patience() { return absl::GetFlag(FLAGS_patience); }

}  // namespace judge
