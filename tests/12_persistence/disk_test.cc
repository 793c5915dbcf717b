// The log in SQLite: what is there after a restart, and what happens when the
// disk fails.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "broken_disk.h"
#include "kept_log.h"
#include "store/cause.h"
#include "store/sqlite_log.h"
#include "store/store.h"

namespace persistence_test {

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string name = testing::TempDir() + "/kvXXXXXX";
    folder_ = mkdtemp(name.data());
    folder_ += "/data";
    Start();
  }
  ~OnDisk() override {
    TheDisk().sync_fails = false;
    TheDisk().full_after = -1;
    store_.reset();
    std::filesystem::remove_all(std::filesystem::path(folder_).parent_path());
  }

  absl::Status TryStart(std::size_t history = 100) {
    store_.reset();
    auto log = kv::SqliteLog::Open(folder_);
    if (!log.ok()) return log.status();
    auto store = kv::Store::Open(*std::move(log), history);
    if (store.ok()) store_ = *std::move(store);
    return store.status();
  }
  void Start(std::size_t history = 100) {
    const absl::Status started = TryStart(history);
    ASSERT_TRUE(started.ok()) << started;
  }
  // What the shell `sqlite3` would do to the file.
  void Run(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((folder_ + "/kv.db").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  // Each change as "revision key=value", or "revision key" if it was removed.
  std::vector<std::string> Changes(std::int64_t after) const {
    std::vector<std::string> texts;
    const auto watcher = store_->Watch("", after);
    if (!watcher.ok()) return {std::string(watcher.status().message())};
    const auto changes = (*watcher)->Next();
    for (const kv::Change& change : *changes) {
      texts.push_back(std::to_string(change.entry->revision) + " " +
                      change.entry->key +
                      (change.deleted ? "" : "=" + change.entry->value));
    }
    return texts;
  }

  std::string folder_;
  std::unique_ptr<kv::Store> store_;
};

TEST_F(OnDisk, EverythingIsThereAfterARestart) {
  const std::string id = store_->id();
  EXPECT_EQ(id.size(), 16U);
  const std::string bytes("\0\xff'", 3);
  ASSERT_TRUE(Put(*store_, "a", "1").Get().ok());
  ASSERT_TRUE(Put(*store_, std::string("z\0\"", 3), bytes).Get().ok());
  Later<std::int64_t> import;
  store_->Import({{"b", ""}, {"c", "3"}}, nullptr, import.done());
  ASSERT_EQ(*import.Get(), 4);
  Later<kv::Deletion> deletion;
  store_->Delete("a", nullptr, deletion.done());
  ASSERT_TRUE(deletion.Get()->deleted);
  const auto before = Changes(0);
  ASSERT_EQ(before.size(), 5U);

  Start();
  EXPECT_EQ(store_->id(), id);
  EXPECT_EQ(Changes(0), before);
  const auto entries = *store_->List("", 0);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0]->key, "b");
  EXPECT_EQ(entries[0]->value, "");
  EXPECT_EQ(entries[1]->revision, 4);
  EXPECT_EQ(entries[2]->key, std::string("z\0\"", 3));
  EXPECT_EQ(entries[2]->value, bytes);
  EXPECT_EQ(*Put(*store_, "a", "6", 0).Get(), 6);
}

TEST_F(OnDisk, ARevisionIsNotGivenTwiceAfterTheLastEntryIsRemoved) {
  ASSERT_TRUE(Put(*store_, "a", "1").Get().ok());
  Later<kv::Deletion> deletion;
  store_->Delete("a", nullptr, deletion.done());
  ASSERT_EQ(deletion.Get()->revision, 2);
  Start();
  EXPECT_EQ(*Put(*store_, "a", "3").Get(), 3);
}

// The history is as long after a restart as before.
TEST_F(OnDisk, OldChangesAreForgottenWithoutAGap) {
  Start(/*history=*/3);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Put(*store_, "a", "x").Get().ok());
  const std::string too_old =
      "the changes after revision 6 are no longer kept: list again, then watch"
      " after revision 7";
  EXPECT_EQ(Changes(6), std::vector{too_old});
  Start(/*history=*/3);
  EXPECT_EQ(Changes(6), std::vector{too_old});
  EXPECT_EQ(Changes(7).size(), 3U);
  Start(/*history=*/1);
  EXPECT_EQ(Changes(9), std::vector<std::string>{"10 a=x"});
  EXPECT_EQ(Changes(8).size(), 1U);
  // Some more than 3 may be there, but not all ten.
  Start(/*history=*/100);
  EXPECT_EQ(Changes(5).size(), 1U) << "the message";
}

TEST_F(OnDisk, ASecondServerIsRejectedUntilTheFirstHasEnded) {
  const auto second = kv::SqliteLog::Open(folder_);
  EXPECT_EQ(second.status().message(),
            "can't use " + folder_ + "/lock: another server uses it");
  store_.reset();
  EXPECT_TRUE(kv::SqliteLog::Open(folder_).ok());
}

TEST_F(OnDisk, WhatIsNoStoreIsRejectedAndNotChanged) {
  const std::string file = folder_ + "/kv.db";
  store_.reset();
  Run("PRAGMA user_version = 2");
  EXPECT_EQ(TryStart().message(),
            "can't use " + file +
                ": it has format 2, and this server knows 1:"
                " use a newer server");
  Run("PRAGMA user_version = 1; PRAGMA application_id = 7");
  EXPECT_EQ(TryStart().message(),
            "can't use " + file + ": it is a database of another program");
  Run("PRAGMA application_id = 1803974193;"
      "INSERT INTO changes VALUES (1, 0, 'a', ''), (3, 0, 'b', '')");
  EXPECT_EQ(TryStart().message(),
            "can't use " + file + ": change 2 is missing");
  Run("DELETE FROM changes; INSERT INTO entries VALUES ('a', '', 7)");
  EXPECT_EQ(TryStart().message(),
            "can't use " + file + ": change 7 is missing");
  std::ofstream(file) << std::string(4096, 'x');
  EXPECT_EQ(TryStart().message(),
            "can't use " + file + ": file is not a database");
  std::ifstream left(file);
  EXPECT_EQ(left.get(), 'x');
}

TEST_F(OnDisk, EachCommitWaitsForTheDisk) {
  ASSERT_TRUE(Put(*store_, "a", "1").Get().ok());
  // [waits]
  for (int i = 0; i < 3; ++i) {
    const int before = TheDisk().syncs;
    ASSERT_TRUE(Put(*store_, "a", "2").Get().ok());
    EXPECT_GT(TheDisk().syncs, before);
  }
  // [waits]
}

// At each write that a transaction makes, and then the disk has room again.
TEST_F(OnDisk, AFullDiskChangesNothing) {
  ASSERT_TRUE(Put(*store_, "a", "1").Get().ok());
  const std::string large(100 << 10, 'x');
  int failed = 0;
  for (int writes = 0; failed == writes; ++writes) {
    // [full]
    TheDisk().full_after = writes;
    const auto put = Put(*store_, "a", large).Get();
    TheDisk().full_after = -1;
    if (put.ok()) break;
    ++failed;
    EXPECT_EQ(put.status().message(),
              "nothing was written: database or disk is full");
    EXPECT_EQ(kv::CauseOf(put.status()).reason, "NOT_WRITTEN");
    EXPECT_EQ(store_->Get("a")->value, "1");
    // [full]
    if (writes % 10 == 0) Start();
    ASSERT_EQ(store_->Get("a")->revision, 1);
  }
  EXPECT_GT(failed, 5);
  EXPECT_EQ(*Put(*store_, "a", "3").Get(), 3);
}

// The disk may have the change or not. Both are right, but not a half of it,
// and not a revision that somebody else has seen.
TEST_F(OnDisk, AfterAFailedCommitOnlyReadsGoOn) {
  ASSERT_TRUE(Put(*store_, "a", "1").Get().ok());
  TheDisk().sync_fails = true;
  Later<std::int64_t> import;
  store_->Import({{"b", "2"}, {"c", "3"}}, nullptr, import.done());
  const auto failed = import.Get();
  TheDisk().sync_fails = false;
  EXPECT_EQ(
      failed.status().message(),
      "this server must be restarted before it can write: disk I/O error");
  EXPECT_EQ(kv::CauseOf(failed.status()).reason, "DISK_FAILED");
  EXPECT_TRUE(absl::IsUnavailable(Put(*store_, "a", "2").Get().status()));
  EXPECT_EQ(store_->Get("a")->value, "1");
  EXPECT_EQ(Changes(0).size(), 1U);

  Start();
  const std::size_t changes = Changes(0).size();
  EXPECT_TRUE(changes == 1 || changes == 3);
  EXPECT_EQ(store_->List("", 0)->size(), changes);
  EXPECT_EQ(*Put(*store_, "a", "2").Get(), changes + 1);
}

// A shell that holds the database's lock is no reason to stop.
TEST_F(OnDisk, WhileAnotherProgramWritesNothingIsWritten) {
  sqlite3* shell = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ + "/kv.db").c_str(), &shell), SQLITE_OK);
  sqlite3_exec(shell, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  EXPECT_EQ(Put(*store_, "a", "1").Get().status().message(),
            "nothing was written: database is locked");
  sqlite3_exec(shell, "ROLLBACK", nullptr, nullptr, nullptr);
  EXPECT_EQ(*Put(*store_, "a", "1").Get(), 1);
  sqlite3_close(shell);
}

TEST(NoFolder, IsNamed) {
  EXPECT_EQ(kv::SqliteLog::Open("/proc/no/data").status().message(),
            "can't use /proc/no/data: No such file or directory");
}

}  // namespace persistence_test
