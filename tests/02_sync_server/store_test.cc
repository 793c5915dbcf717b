// What the store promises to one caller.
#include "store/store.h"

#include <gtest/gtest.h>

namespace store_test {

using absl::StatusCode;

TEST(Store, GetAnswersWhatPutWrote) {
  kv::Store store;
  const std::string bytes("\0\xff\n", 3);
  EXPECT_EQ(*store.Put("a", bytes), 1);
  EXPECT_EQ(store.Get("a")->key, "a");
  EXPECT_EQ(store.Get("a")->value, bytes);
  EXPECT_EQ(store.Get("a")->revision, 1);
  EXPECT_EQ(*store.Put("a", ""), 2);
  EXPECT_EQ(store.Get("a")->value, "");
}

TEST(Store, AnAbsentKeyIsNotFoundAndNamedInOneLine) {
  const kv::Store store;
  const absl::Status status = store.Get("a\"\nb").status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no such key \"a\\\"\\nb\"");
}

TEST(Store, RevisionsCountTheChangesOfAllKeys) {
  kv::Store store;
  EXPECT_EQ(*store.Put("a", "1"), 1);
  EXPECT_EQ(*store.Put("b", "1"), 2);
  EXPECT_EQ(store.Delete("a").revision, 3);
  EXPECT_EQ(*store.Put("a", "2"), 4);
  EXPECT_EQ(store.Get("b")->revision, 2);
}

TEST(Store, DeletingAnAbsentKeyMovesNothing) {
  kv::Store store;
  ASSERT_TRUE(store.Put("a", "1").ok());
  EXPECT_FALSE(store.Delete("b").deleted);
  EXPECT_EQ(store.Delete("b").revision, 1);
  EXPECT_TRUE(store.Delete("a").deleted);
  EXPECT_FALSE(store.Delete("a").deleted);
  EXPECT_EQ(store.Delete("a").revision, 2);
  EXPECT_EQ(store.Get("a").status().code(), StatusCode::kNotFound);
}

struct Condition {
  std::int64_t expected;
  bool present;  // the key stands at revision 2; otherwise it is absent
  bool holds;
  const char* complaint;
};

class ConditionalPut : public testing::TestWithParam<Condition> {};

TEST_P(ConditionalPut, WritesOnlyWhenItHolds) {
  const Condition& c = GetParam();
  kv::Store store;
  ASSERT_TRUE(store.Put("other", "").ok());
  ASSERT_TRUE(store.Put("key", "old").ok());
  if (!c.present) store.Delete("key");
  const std::int64_t before = store.Delete("nothing").revision;

  const auto revision = store.Put("key", "new", c.expected);
  if (c.holds) {
    EXPECT_EQ(*revision, before + 1);
    EXPECT_EQ(store.Get("key")->value, "new");
    return;
  }
  EXPECT_EQ(revision.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(revision.status().message(), c.complaint);
  EXPECT_EQ(store.Delete("nothing").revision, before);
  EXPECT_EQ(store.Get("key").ok(), c.present);
  if (c.present) {
    EXPECT_EQ(store.Get("key")->value, "old");
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ConditionalPut,
    testing::Values(
        Condition{0, false, true, ""},
        Condition{0, true, false, "key \"key\" is at revision 2, not absent"},
        Condition{2, true, true, ""},
        Condition{1, true, false,
                  "key \"key\" is at revision 2, not at revision 1"},
        Condition{2, false, false, "key \"key\" is absent, not at revision 2"},
        Condition{-1, true, false,
                  "key \"key\" is at revision 2, not at revision -1"}));

}  // namespace store_test
