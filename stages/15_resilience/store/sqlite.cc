#include "store/sqlite.h"

#include <utility>

namespace kv {
namespace {

// RESOURCE_EXHAUSTED if the disk is full, otherwise UNAVAILABLE. The message is
// SQLite's. For an error of the operating system it says only "disk I/O error".
absl::Status Error(sqlite3* database) {
  const char* const why = sqlite3_errmsg(database);
  if (sqlite3_errcode(database) == SQLITE_FULL) {
    return absl::ResourceExhaustedError(why);
  }
  return absl::UnavailableError(why);
}

}  // namespace

Statement& Statement::Bind(int index, std::int64_t value) {
  Note(sqlite3_bind_int64(statement_.get(), index, value));
  return *this;
}

Statement& Statement::BindText(int index, std::string_view value) {
  Note(sqlite3_bind_text(statement_.get(), index, value.data(),
                         static_cast<int>(value.size()), SQLITE_STATIC));
  return *this;
}

Statement& Statement::BindBytes(int index, std::string_view value) {
  // A null pointer would be NULL, not an empty value.
  const char* const bytes = value.empty() ? "" : value.data();
  Note(sqlite3_bind_blob(statement_.get(), index, bytes,
                         static_cast<int>(value.size()), SQLITE_STATIC));
  return *this;
}

bool Statement::Step() {
  if (!error_.ok()) return false;
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) Note(code);
  return code == SQLITE_ROW;
}

std::int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::Bytes(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return "";  // an empty value
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

absl::Status Statement::Reset() {
  sqlite3_reset(statement_.get());  // repeats the error of the last step
  return std::exchange(error_, absl::OkStatus());
}

absl::Status Statement::Run() {
  Step();
  return Reset();
}

void Statement::Note(int code) {
  if (code != SQLITE_OK && error_.ok()) {
    error_ = Error(sqlite3_db_handle(statement_.get()));
  }
}

absl::StatusOr<Sqlite> Sqlite::Open(const std::string& path) {
  Sqlite opened;
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &database,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      nullptr);
  opened.database_.reset(database);  // to be closed even after an error
  if (code != SQLITE_OK) return Error(database);
  // If another program writes, such as the sqlite3 shell.
  sqlite3_busy_timeout(database, /*ms=*/1000);
  return opened;
}

absl::Status Sqlite::Execute(const char* sql) {
  const int code =
      sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(database_.get());
}

absl::StatusOr<Statement> Sqlite::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) !=
      SQLITE_OK) {
    return Error(database_.get());
  }
  return Statement(statement);
}

absl::StatusOr<std::string> Sqlite::Ask(const char* sql) {
  absl::StatusOr<Statement> query = Prepare(sql);
  if (!query.ok()) return query.status();
  std::string value = query->Step() ? query->Bytes(0) : "";
  if (absl::Status error = query->Reset(); !error.ok()) return error;
  return value;
}

}  // namespace kv
