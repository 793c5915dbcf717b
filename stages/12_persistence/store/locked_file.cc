#include "store/locked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/status/status.h"

namespace kv {

absl::StatusOr<LockedFile> LockedFile::Lock(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return absl::UnavailableError(
        std::error_code(errno, std::generic_category()).message());
  }
  LockedFile locked(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError("another server uses it");
  }
  return locked;
}

LockedFile::LockedFile(LockedFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

LockedFile::~LockedFile() {
  if (file_ >= 0) close(file_);
}

}  // namespace kv
