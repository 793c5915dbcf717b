#include "store/locked_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace kv {
namespace {

absl::Status CantUse(const std::string& path, const std::string& why) {
  return absl::UnavailableError(absl::StrCat("can't use ", path, ": ", why));
}

// With the reason of the call that has just failed.
absl::Status CantUse(const std::string& path) {
  return CantUse(path, std::generic_category().message(errno));
}

absl::Status Make(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) {
    return errno == EEXIST ? absl::OkStatus() : CantUse(path);
  }
  // The folder is durable when the folder around it is.
  const int parent =
      open((path + "/..").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return CantUse(path);
  absl::Status synced = fsync(parent) == 0 ? absl::OkStatus() : CantUse(path);
  close(parent);
  return synced;
}

}  // namespace

absl::StatusOr<LockedFolder> LockedFolder::Open(const std::string& path) {
  if (absl::Status made = Make(path); !made.ok()) return made;
  const std::string lock = absl::StrCat(path, "/lock");
  const int file = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return CantUse(lock);
  LockedFolder locked(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    return CantUse(lock, "another server uses it");
  }
  return locked;
}

LockedFolder::LockedFolder(LockedFolder&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

LockedFolder::~LockedFolder() {
  if (file_ >= 0) close(file_);
}

}  // namespace kv
