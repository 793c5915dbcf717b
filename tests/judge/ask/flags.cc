#include "ask/flags.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"

ABSL_FLAG(std::string, stage, "", "the stage to judge, for example 02");
ABSL_FLAG(absl::Duration, patience, absl::Seconds(4),
          "how long to wait for an answer, for READY or for an exit");
ABSL_FLAG(bool, cpp, false, "name C++ functions in the advice");

namespace judge {

namespace {

std::atomic<bool> lost{false};

}  // namespace

absl::Duration Patience() {
  constexpr absl::Duration kMoment = absl::Milliseconds(100);
  const absl::Duration patience = absl::GetFlag(FLAGS_patience);
  return lost ? std::min(patience, kMoment) : patience;
}

void LosePatience() { lost = true; }

void BePatient() { lost = false; }

bool Cpp() { return absl::GetFlag(FLAGS_cpp); }

int Stage() {
  int stage = 0;
  return absl::SimpleAtoi(absl::GetFlag(FLAGS_stage), &stage) ? stage : 0;
}

}  // namespace judge
