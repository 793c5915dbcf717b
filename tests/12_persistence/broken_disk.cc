#include "broken_disk.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace persistence_test {

BrokenDisk& TheDisk() {
  static BrokenDisk disk;
  return disk;
}

}  // namespace persistence_test

// SQLite calls these functions, and the linker takes those of the program
// before those of the C library.
extern "C" {

int fdatasync(int file) {  // NOLINT: named otherwise in the C library
  auto& disk = persistence_test::TheDisk();
  ++disk.syncs;
  if (disk.sync_fails) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

ssize_t pwrite64(int file, const void* bytes, size_t size,  // NOLINT: as well
                 off64_t offset) {
  auto& disk = persistence_test::TheDisk();
  if (disk.full_after >= 0 && --disk.full_after < 0) {
    disk.full_after = 0;  // the next one fails, too
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_pwrite64, file, bytes, size, offset);
}
}
