// What the store keeps for each key.
#ifndef STORE_ENTRY_H_
#define STORE_ENTRY_H_

#include <cstdint>
#include <string>

namespace kv {

/// One key with its value.
struct Entry {
  std::string key;            ///< UTF-8, 1 to 512 bytes.
  std::string value;          ///< Any bytes, at most 1 MiB.
  std::int64_t revision = 0;  ///< The store's revision after the last write.
};

}  // namespace kv

#endif  // STORE_ENTRY_H_
