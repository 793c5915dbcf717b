#include "store/sqlite_log.h"

#include <algorithm>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "store/cause.h"

namespace kv {
namespace {

// Says in the file's header whose it is
// (https://www.sqlite.org/fileformat.html).
constexpr char kApplication[] = "1803974193";  // the letters "kvv1"
constexpr char kVersion[] = "1";

// [schema]
constexpr char kSchema[] = R"(
  BEGIN IMMEDIATE;
  PRAGMA application_id = 1803974193;
  PRAGMA user_version = 1;
  CREATE TABLE store (id TEXT NOT NULL);
  CREATE TABLE entries (
    key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL);
  CREATE TABLE changes (
    revision INTEGER PRIMARY KEY, deleted INTEGER NOT NULL,
    key TEXT NOT NULL, value BLOB NOT NULL);
  INSERT INTO store VALUES (lower(hex(randomblob(8))));
  COMMIT;
)";
// [schema]

// The error with the file that it is about.
absl::Status At(const std::string& path, const absl::Status& error) {
  return absl::Status(error.code(),
                      absl::StrCat("can't use ", path, ": ", error.message()));
}

absl::Status Missing(std::int64_t revision) {
  return absl::DataLossError(absl::StrCat("change ", revision, " is missing"));
}

// Creates the tables in a new file, and checks those of an old one.
absl::Status MakeTables(Sqlite& database) {
  const auto application = database.Ask("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const auto version = database.Ask("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto tables = database.Ask("SELECT count(*) FROM sqlite_master");
  if (!tables.ok()) return tables.status();

  const bool fresh = *application == "0" && *tables == "0";
  if (!fresh && *application != kApplication) {
    return absl::FailedPreconditionError("it is a database of another program");
  }
  if (!fresh && *version != kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("it has format ", *version, ", and this server knows ",
                     kVersion, ": use a newer server"));
  }
  absl::Status done =
      database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  if (!done.ok()) return done;
  // The second one finds out whether the file can be written.
  return database.Execute(fresh ? kSchema : "BEGIN IMMEDIATE; COMMIT;");
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteLog>> SqliteLog::Open(
    const std::string& folder) {
  auto locked = LockedFolder::Open(folder);
  if (!locked.ok()) return locked.status();
  const std::string path = absl::StrCat(folder, "/kv.db");
  auto database = Sqlite::Open(path);
  if (!database.ok()) return At(path, database.status());
  if (absl::Status made = MakeTables(*database); !made.ok()) {
    return At(path, made);
  }
  auto add_change = database->Prepare("INSERT INTO changes VALUES (?,?,?,?)");
  auto put_entry =
      database->Prepare("INSERT OR REPLACE INTO entries VALUES (?,?,?)");
  auto delete_entry = database->Prepare("DELETE FROM entries WHERE key = ?");
  auto forget = database->Prepare("DELETE FROM changes WHERE revision <= ?");
  for (const auto* statement :
       {&add_change, &put_entry, &delete_entry, &forget}) {
    if (!statement->ok()) return At(path, statement->status());
  }
  return absl::WrapUnique(
      new SqliteLog(path, *std::move(locked), *std::move(database),
                    {*std::move(add_change), *std::move(put_entry),
                     *std::move(delete_entry), *std::move(forget)}));
}

absl::StatusOr<DurableLog::Content> SqliteLog::Load() {
  Content content;
  const auto id = database_.Ask("SELECT id FROM store");
  if (!id.ok()) return At(path_, id.status());
  content.store_id = *id;

  auto rows = database_.Prepare(
      "SELECT key, value, revision FROM entries ORDER BY key");
  if (!rows.ok()) return At(path_, rows.status());
  std::int64_t newest = 0;
  while (rows->Step()) {
    auto entry = std::make_shared<const Entry>(
        Entry{rows->Bytes(0), rows->Bytes(1), rows->Number(2)});
    newest = std::max(newest, entry->revision);
    const std::string& key = entry->key;
    content.entries.emplace_hint(content.entries.end(), key, std::move(entry));
  }
  if (absl::Status bad = rows->Reset(); !bad.ok()) return At(path_, bad);

  rows = database_.Prepare(
      "SELECT key, value, revision, deleted FROM changes ORDER BY revision");
  if (!rows.ok()) return At(path_, rows.status());
  while (rows->Step()) {
    Entry entry{rows->Bytes(0), rows->Bytes(1), rows->Number(2)};
    if (!content.changes.empty() && entry.revision != content.revision + 1) {
      return At(path_, Missing(content.revision + 1));
    }
    content.revision = entry.revision;
    // Most changes are those of the entries, and share their memory.
    const auto now = content.entries.find(entry.key);
    const bool same =
        now != content.entries.end() && now->second->revision == entry.revision;
    content.changes.push_back(
        {/*deleted=*/rows->Number(3) != 0,
         same ? now->second : std::make_shared<const Entry>(std::move(entry))});
  }
  if (absl::Status bad = rows->Reset(); !bad.ok()) return At(path_, bad);
  if (content.revision < newest) return At(path_, Missing(newest));
  return content;
}

absl::Status SqliteLog::Add(const Change& change) {
  const Entry& entry = *change.entry;
  absl::Status done = statements_.add_change.Bind(1, entry.revision)
                          .Bind(2, change.deleted ? 1 : 0)
                          .BindText(3, entry.key)
                          .BindBytes(4, entry.value)
                          .Run();
  if (!done.ok()) return done;
  if (change.deleted) {
    return statements_.delete_entry.BindText(1, entry.key).Run();
  }
  return statements_.put_entry.BindText(1, entry.key)
      .BindBytes(2, entry.value)
      .Bind(3, entry.revision)
      .Run();
}

absl::Status SqliteLog::AddAll(const std::vector<Change>& changes,
                               std::int64_t forget) {
  absl::Status done = database_.Execute("BEGIN IMMEDIATE");
  for (const Change& change : changes) {
    if (done.ok()) done = Add(change);
  }
  if (done.ok() && changes.empty()) {
    // SQLite writes no page for an UPDATE that changes nothing.
    done = database_.Execute(
        "INSERT INTO store VALUES (''); DELETE FROM store WHERE id = ''");
  }
  if (done.ok()) done = statements_.forget.Bind(1, forget).Run();
  return done;
}

// [append]
absl::StatusOr<std::vector<Change>> SqliteLog::Append(
    const std::vector<Change>& changes, std::int64_t forget) {
  if (!broken_.ok()) return broken_;
  const absl::Status added = AddAll(changes, forget);
  // Returns when the disk has everything.
  absl::Status done = added.ok() ? database_.Execute("COMMIT") : added;
  if (done.ok()) return std::vector<Change>{};
  // If SQLite has rolled back already, this fails.
  database_.Execute("ROLLBACK").IgnoreError();
  if (!added.ok() || absl::IsResourceExhausted(done)) {
    return Failed(absl::UnavailableError(
                      absl::StrCat("nothing was written: ", done.message())),
                  {"NOT_WRITTEN"});
  }
  broken_ = Failed(absl::UnavailableError(absl::StrCat(
                       "this server must be restarted before it can write: ",
                       done.message())),
                   {"DISK_FAILED"});
  return broken_;
}
// [append]

}  // namespace kv
