#include "ask/flags.h"

#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"

ABSL_FLAG(std::string, stage, "", "the stage to judge, for example 02");
ABSL_FLAG(absl::Duration, patience, absl::Seconds(10),
          "how long to wait for an answer, for READY or for an exit");

namespace judge {

absl::Duration Patience() { return absl::GetFlag(FLAGS_patience); }

int Stage() {
  int stage = 0;
  return absl::SimpleAtoi(absl::GetFlag(FLAGS_stage), &stage) ? stage : 0;
}

}  // namespace judge
