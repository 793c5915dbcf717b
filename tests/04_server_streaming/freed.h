// Sees large memory freed, and whether the store is locked meanwhile.
// freed.cc replaces operator delete of the whole program.
#ifndef TESTS_FREED_H_
#define TESTS_FREED_H_

#include <gtest/gtest.h>

#include <string>

#include "store/store.h"

// A store whose memory is watched during the test.
class Freed : public testing::Test {
 protected:
  Freed();
  ~Freed() override;

  static int Times();        // how often something large was freed
  static int TimesLocked();  // and how often the store was locked meanwhile

  kv::Store store{/*max_changes=*/1};
  const std::string large = std::string(1 << 20, 'v');
};

#endif  // TESTS_FREED_H_
