// What the store keeps for each key, and for each change.
#ifndef STORE_ENTRY_H_
#define STORE_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace kv {

/// One key with its value.
struct Entry {
  std::string key;            ///< UTF-8, 1 to 512 bytes.
  std::string value;          ///< Any bytes, at most 1 MiB.
  std::int64_t revision = 0;  ///< The store's revision after the last write.
};

/// The memory of its key and value, in bytes.
inline std::size_t SizeOf(const Entry& entry) {
  return entry.key.size() + entry.value.size();
}

/// The entries by key. They are shared and never change: a write replaces them.
using Entries = std::map<std::string, std::shared_ptr<const Entry>>;

/// One change of one entry.
struct Change {
  bool deleted = false;  ///< Whether the entry was removed.
  /// The entry after the change; if it was removed, its key and the revision of
  /// the removal. Shared with the store, never null.
  std::shared_ptr<const Entry> entry;
};

}  // namespace kv

#endif  // STORE_ENTRY_H_
