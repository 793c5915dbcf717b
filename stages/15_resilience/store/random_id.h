// Random identifiers, for stores and for proposals.
#ifndef STORE_RANDOM_ID_H_
#define STORE_RANDOM_ID_H_

#include <random>
#include <string>

#include "absl/strings/str_cat.h"

namespace kv {

/// Returns 16 random hexadecimal digits.
inline std::string RandomId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

}  // namespace kv

#endif  // STORE_RANDOM_ID_H_
