// A lock that keeps a second server away from a folder.
#ifndef STORE_LOCKED_FILE_H_
#define STORE_LOCKED_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// A file that is locked until the object is destroyed or the process ends, no
/// matter how (see flock(2)).
class LockedFile final {
 public:
  /// Creates the file if it is absent. Returns FAILED_PRECONDITION if another
  /// process holds the lock, and UNAVAILABLE with the system's reason if the
  /// file can't be opened.
  static absl::StatusOr<LockedFile> Lock(const std::string& path);
  LockedFile(LockedFile&& other) noexcept;  ///< `other` has no lock any more.
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile();

 private:
  explicit LockedFile(int file) : file_(file) {}
  int file_;  // negative after a move
};

}  // namespace kv

#endif  // STORE_LOCKED_FILE_H_
