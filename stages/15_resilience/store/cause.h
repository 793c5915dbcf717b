// What a program can know about an error of the store, besides its code.
//
//   return Failed(absl::NotFoundError("no such key"),
//                 {"KEY_NOT_FOUND", {{"revision", "7"}}});
//   Cause cause = CauseOf(status);
//
// absl::Status keeps such values as payloads, so the store need not know how
// they are sent.
#ifndef STORE_CAUSE_H_
#define STORE_CAUSE_H_

#include <map>
#include <string>

#include "absl/status/status.h"

namespace kv {

/// A reason, and values that belong to it.
struct Cause {
  std::string reason;  ///< A constant such as KEY_NOT_FOUND.
  std::map<std::string, std::string> values = {};  ///< Such as the revision.
};

/// Returns the status with the cause's reason and values.
absl::Status Failed(absl::Status status, const Cause& cause);

/// Returns what Failed() has added; the reason is empty if it added nothing.
Cause CauseOf(const absl::Status& status);

}  // namespace kv

#endif  // STORE_CAUSE_H_
