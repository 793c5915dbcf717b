#include "auth/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace kv {

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}

// [write]
absl::Status MemoryFile::Write(const std::string& content) {
  const int fresh = memfd_create("kv", MFD_CLOEXEC);
  if (fresh < 0) return absl::ErrnoToStatus(errno, "memfd_create");
  const auto written = write(fresh, content.data(), content.size());
  if (written != static_cast<ssize_t>(content.size())) {
    close(fresh);
    return absl::ErrnoToStatus(ENOSPC, "memfd_create");
  }
  if (fd_ < 0) {
    fd_ = fresh;
  } else {
    dup3(fresh, fd_, O_CLOEXEC);  // the same number, and so the same path
    close(fresh);
  }
  return absl::OkStatus();
}
// [write]

std::string MemoryFile::path() const {
  return absl::StrCat("/proc/self/fd/", fd_);
}

}  // namespace kv
