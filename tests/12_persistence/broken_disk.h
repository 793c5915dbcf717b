// A disk that fails when the test says so: the program's own versions of the
// system calls with which SQLite writes.
#ifndef TESTS_12_PERSISTENCE_BROKEN_DISK_H_
#define TESTS_12_PERSISTENCE_BROKEN_DISK_H_

#include <atomic>

namespace persistence_test {

struct BrokenDisk {
  std::atomic<int> syncs = 0;            ///< How often fdatasync() was called.
  std::atomic<bool> sync_fails = false;  ///< With EIO.
  std::atomic<int> full_after = -1;      ///< Writes until ENOSPC, if not -1.
};

/// All files are on this one.
BrokenDisk& TheDisk();

}  // namespace persistence_test

#endif  // TESTS_12_PERSISTENCE_BROKEN_DISK_H_
