// Large memory is freed after the store has released its lock, so that other
// calls need not wait for it.
#include "../04_server_streaming/freed.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

namespace freed_test {

TEST_F(Freed, AfterAnImport) {
  std::map<std::string, std::string> entries;
  for (const char* key : {"a", "b"}) entries[key] = large;
  store.Import(std::move(entries));
  store.Import({{"a", ""}, {"b", ""}});
  EXPECT_EQ(Times(), 2);
  EXPECT_EQ(TimesLocked(), 0);
}

}  // namespace freed_test
