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

// SQLite calls fdatasync() and pwrite64(), and the linker takes the functions
// of the program before those of the C library.
extern "C" {
int Sync(int file) __asm__("fdatasync");
ssize_t Write(int file, const void* bytes, size_t size,
              off64_t offset) __asm__("pwrite64");
}

int Sync(int file) {
  auto& disk = persistence_test::TheDisk();
  ++disk.syncs;
  if (disk.sync_fails) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

ssize_t Write(int file, const void* bytes, size_t size, off64_t offset) {
  auto& disk = persistence_test::TheDisk();
  if (disk.full_after >= 0 && --disk.full_after < 0) {
    disk.full_after = 0;  // the next one fails, too
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_pwrite64, file, bytes, size, offset);
}
