// What there is to know about a contract, one small demonstration each. Every
// line they print was computed just then from kv.proto's generated classes.
#ifndef STAGE_LESSONS_H_
#define STAGE_LESSONS_H_

#include <ostream>
#include <vector>

#include "absl/strings/string_view.h"

namespace kv {

/// One demonstration.
struct Lesson {
  absl::string_view name;           ///< The word to type.
  absl::string_view title;          ///< What it shows, in a line.
  void (*show)(std::ostream& out);  ///< Prints it.
};

/// Returns all lessons, in the order to read them.
const std::vector<Lesson>& Lessons();

}  // namespace kv

#endif  // STAGE_LESSONS_H_
