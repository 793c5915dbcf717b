// The lessons about the contract, each a small demonstration. They compute the
// bytes and texts that they print with kv.proto's generated classes.
#ifndef STAGE_LESSONS_H_
#define STAGE_LESSONS_H_

#include <ostream>
#include <vector>

#include "absl/strings/string_view.h"

namespace kv {

/// One demonstration.
struct Lesson {
  absl::string_view name;           ///< The argument that selects it.
  absl::string_view title;          ///< What it shows, in one line.
  void (*show)(std::ostream& out);  ///< Prints it.
};

/// Returns all lessons, in reading order.
const std::vector<Lesson>& Lessons();

}  // namespace kv

#endif  // STAGE_LESSONS_H_
