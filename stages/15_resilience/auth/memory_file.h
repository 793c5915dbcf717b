// A file that is only in memory. Other code reads it by its path.
#ifndef AUTH_MEMORY_FILE_H_
#define AUTH_MEMORY_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace kv {

/// A file without a name in any folder, which only this process can open. See
/// memfd_create(2). Use it from one thread.
class MemoryFile final {
 public:
  MemoryFile() = default;
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// Replaces the content atomically: who opens the path gets all of the old
  /// content or all of the new one.
  absl::Status Write(const std::string& content);

  /// Where it can be read after the first Write(). It never changes.
  std::string path() const;

 private:
  int fd_ = -1;
};

}  // namespace kv

#endif  // AUTH_MEMORY_FILE_H_
