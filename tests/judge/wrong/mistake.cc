#include "wrong/mistake.h"

#include <string>

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, mistake, "", "the one thing to do wrong");

namespace wrong {

bool Mistake(const char* name) {
  static const std::string kChosen = absl::GetFlag(FLAGS_mistake);
  return kChosen == name;
}

}  // namespace wrong
