// A durable log in a SQLite database: DIR/kv.db. Its tables hold the entries
// and the latest changes, and a transaction changes both.
//
//   absl::StatusOr<std::unique_ptr<kv::SqliteLog>> log =
//       kv::SqliteLog::Open("data");
//
// A commit appends to a second file, the write-ahead log. With
// `synchronous=FULL` it ends when the disk says that it has everything (see
// PRAGMA synchronous in SQLite's documentation).
#ifndef STORE_SQLITE_LOG_H_
#define STORE_SQLITE_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/locked_folder.h"
#include "store/log.h"
#include "store/sqlite.h"

namespace kv {

/// See DurableLog.
class SqliteLog final : public DurableLog {
 public:
  /// Opens the log in a folder, and creates both if they are absent. Fails if
  /// the folder can't be written, if another server uses it, or if DIR/kv.db is
  /// something else or was written by a later version. The error names the
  /// file.
  static absl::StatusOr<std::unique_ptr<SqliteLog>> Open(
      const std::string& folder);

  absl::StatusOr<Content> Load() override;

  /// Before a commit, or if the disk is full, an error changes nothing, and the
  /// next call may succeed. If a commit fails otherwise, nobody knows what the
  /// disk has: all further calls fail.
  absl::StatusOr<std::vector<Change>> Append(const std::vector<Change>& changes,
                                             std::int64_t forget) override;

 private:
  struct Statements {
    Statement add_change;
    Statement put_entry;
    Statement delete_entry;
    Statement forget;
  };

  SqliteLog(std::string path, LockedFolder folder, Sqlite database,
            Statements statements)
      : path_(std::move(path)),
        folder_(std::move(folder)),
        database_(std::move(database)),
        statements_(std::move(statements)) {}
  absl::Status Add(const Change& change);
  absl::Status AddAll(const std::vector<Change>& changes, std::int64_t forget);

  const std::string path_;  // of the database, for messages
  const LockedFolder folder_;
  Sqlite database_;
  Statements statements_;  // after the database, so destroyed before it
  absl::Status broken_;    // once it no longer writes: why
};

}  // namespace kv

#endif  // STORE_SQLITE_LOG_H_
