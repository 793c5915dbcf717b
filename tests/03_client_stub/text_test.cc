// How the client prints bytes that somebody else chose.
#include "client/text.h"

#include <gtest/gtest.h>

#include <string>

namespace text_test {

TEST(Text, AKeyOrAValueCanNotCommandTheTerminal) {
  kv::v1::Entry entry;
  entry.set_key("a\x1b[2J");
  entry.set_value(std::string("\"\n\0", 3));
  entry.set_revision(1);
  EXPECT_EQ(kv::Text(entry), R"("a\x1b[2J" = "\"\n\x00" (revision 1))");
}

}  // namespace text_test
