// Large memory is freed after the store has released its lock, so that other
// calls need not wait for it.
#include "freed.h"

#include <gtest/gtest.h>

namespace freed_test {

TEST_F(Freed, AfterAPut) {
  ASSERT_TRUE(store.Put("a", large).ok());
  ASSERT_TRUE(store.Put("a", large).ok());  // the history gives up the first
  ASSERT_TRUE(store.Put("b", "").ok());
  ASSERT_TRUE(store.Put("a", "").ok());  // only the store had the second
  EXPECT_EQ(Times(), 2);
  EXPECT_EQ(TimesLocked(), 0);
}

TEST_F(Freed, AfterADelete) {
  ASSERT_TRUE(store.Put("a", large).ok());
  ASSERT_TRUE(store.Put("b", "").ok());
  EXPECT_TRUE(store.Delete("a").deleted);
  EXPECT_EQ(Times(), 1);
  EXPECT_EQ(TimesLocked(), 0);
}

}  // namespace freed_test
