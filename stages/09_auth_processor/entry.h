// What the store keeps for each key.
#ifndef STAGE_ENTRY_H_
#define STAGE_ENTRY_H_

#include <cstdint>
#include <string>

namespace kv {

/// One key with its value.
struct Entry {
  std::string key;    ///< What it is found by.
  std::string value;  ///< Any bytes.
  std::int64_t revision =
      0;  ///< The store's revision after the last write to it.
};

}  // namespace kv

#endif  // STAGE_ENTRY_H_
