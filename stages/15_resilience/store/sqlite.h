// SQLite's C interface with C++ lifetimes and statuses.
//
//   absl::StatusOr<kv::Sqlite> database = kv::Sqlite::Open("kv.db");
//   absl::Status done = database->Execute("DELETE FROM entries");
#ifndef STORE_SQLITE_H_
#define STORE_SQLITE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kv {

/// A prepared statement. It keeps the first error of the Bind() and Step()
/// calls since the last Reset(). Not thread-safe.
class Statement final {
 public:
  /// Sets the parameter at `index`, which starts at 1. Text and bytes are not
  /// copied: they must live until Reset().
  Statement& Bind(int index, std::int64_t value);
  Statement& BindText(int index, std::string_view value);   ///< For TEXT.
  Statement& BindBytes(int index, std::string_view value);  ///< For BLOB.

  /// Goes to the next row. Returns false at the end, or after an error.
  bool Step();
  /// The number in a column of the row, from 0.
  std::int64_t Number(int column) const;
  /// The bytes in a column of the row, from 0; text is UTF-8.
  std::string Bytes(int column) const;

  /// Makes the statement ready for its next use. Returns the error, if any.
  absl::Status Reset();
  /// Runs a statement without rows: Step() and Reset().
  absl::Status Run();

 private:
  friend class Sqlite;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void Note(int code);

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const {
      sqlite3_finalize(statement);
    }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  absl::Status error_;
};

/// A connection to a database. Not thread-safe. Its statements must be
/// destroyed before it.
class Sqlite final {
 public:
  /// Opens a file, or creates it, for reading and writing.
  static absl::StatusOr<Sqlite> Open(const std::string& path);

  /// Runs statements without parameters and without rows.
  absl::Status Execute(const char* sql);

  /// Compiles a statement. It must be valid SQL.
  absl::StatusOr<Statement> Prepare(const char* sql);

  /// Returns the only value of a query such as `PRAGMA user_version`.
  absl::StatusOr<std::string> Ask(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace kv

#endif  // STORE_SQLITE_H_
