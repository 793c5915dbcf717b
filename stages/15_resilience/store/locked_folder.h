// A folder that one server has for itself.
#ifndef STORE_LOCKED_FOLDER_H_
#define STORE_LOCKED_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"

namespace kv {

/// A folder that is locked until the object is destroyed or the process ends,
/// no matter how (see flock(2)).
class LockedFolder final {
 public:
  /// Creates the folder if it is absent, so that only its owner can see what is
  /// in it. An error names the path and the reason: another server has locked
  /// it, or the system's.
  static absl::StatusOr<LockedFolder> Open(const std::string& path);
  LockedFolder(LockedFolder&& other) noexcept;  ///< `other` has no lock then.
  LockedFolder& operator=(LockedFolder&&) = delete;
  ~LockedFolder();

 private:
  explicit LockedFolder(int file) : file_(file) {}
  int file_;  // the lock; negative after a move
};

}  // namespace kv

#endif  // STORE_LOCKED_FOLDER_H_
