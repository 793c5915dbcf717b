// The wrong server's Import.
#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "wrong/mistake.h"
#include "wrong/service.h"

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using kv::v1::ImportRequest;

namespace {

// Returns why an entry of an import is invalid, or OK.
Status Check(const ImportRequest& entry, std::int64_t number) {
  constexpr std::size_t kMost = 1 << 20;
  Status bad = CheckKey(entry.key());
  if (bad.ok() && entry.value().size() > kMost) bad = Invalid("value");
  if (bad.ok()) return bad;
  if (Mistake("import_counts_from_0")) --number;
  if (Mistake("import_names_no_entry")) return bad;
  const std::string field =
      entry.key().empty() || entry.key().size() > 512 ? "key" : "value";
  return {bad.error_code(),
          absl::StrCat("entry ", number, ": ", field, ": bad length")};
}

}  // namespace

Status Service::Import(ServerContext* context,
                       grpc::ServerReader<ImportRequest>* reader,
                       kv::v1::ImportResponse* response) {
  Status late = Late(context, "Import");
  if (!late.ok() && !Mistake("checks_import_late")) {
    for (ImportRequest rest; reader->Read(&rest);) {
    }
    return late;
  }
  constexpr std::size_t kMostBytes = 64 << 20;
  constexpr std::int64_t kMostEntries = 100000;
  std::vector<ImportRequest> entries;
  std::size_t bytes = 0;
  std::int64_t count = 0;
  Status bad;
  ImportRequest request;
  while (reader->Read(&request)) {
    ++count;
    bytes += request.key().size() + request.value().size();
    if (bad.ok()) bad = Check(request, count);
    const bool too_much = bytes > kMostBytes || count > kMostEntries;
    if (bad.ok() && too_much && !Mistake("import_has_no_limit")) {
      bad = {StatusCode::RESOURCE_EXHAUSTED, "too much for one import"};
    }
    if (bad.ok()) {
      entries.push_back(request);
    } else if (!Mistake("import_reads_to_the_end")) {
      break;
    }
  }
  if (context->IsCancelled() && !Mistake("import_stores_at_cancel")) {
    return Status::CANCELLED;
  }
  const bool half = bad.error_code() == StatusCode::INVALID_ARGUMENT
                        ? Mistake("import_stores_the_good")
                        : Mistake("import_stores_what_fits");
  if (!bad.ok() && !half) return bad;

  std::set<std::string> seen;
  std::vector<ImportRequest> last;  // the last entry of each key
  for (auto i = entries.rbegin(); i != entries.rend(); ++i) {
    if (seen.insert(i->key()).second) last.insert(last.begin(), *i);
  }
  if (Mistake("import_first_wins")) {
    seen.clear();
    last.clear();
    for (const ImportRequest& entry : entries) {
      if (seen.insert(entry.key()).second) last.push_back(entry);
    }
  }
  if (Mistake("import_writes_twice")) last = entries;
  const auto store = [&](std::size_t begin, std::size_t end) {
    std::unique_lock lock(store_.mutex);
    for (std::size_t i = begin; i < end; ++i) {
      if (Mistake("import_replaces_revisions")) --store_.revision;
      store_.Write(last[i].key(), last[i].value());
      if (Mistake("import_hides_changes")) {
        store_.changes.pop_back();
      }
      if (!Mistake("import_is_no_moment")) continue;
      lock.unlock();  // lets other calls in between two entries
      absl::SleepFor(absl::Microseconds(100));
      lock.lock();
    }
    if (last.empty() && Mistake("import_counts_itself")) ++store_.revision;
    response->set_revision(store_.revision);
    return Status();
  };
  const std::size_t most = Mistake("imports_in_parts") ? 10 : last.size();
  std::size_t begin = 0;
  Status stored;
  do {
    const std::size_t end = std::min(begin + most, last.size());
    stored = Together([&] { return store(begin, end); });
    begin = end;
  } while (stored.ok() && begin < last.size());
  if (stored.error_code() == StatusCode::RESOURCE_EXHAUSTED &&
      Mistake("imports_half")) {
    Together([&] { return store(0, 1); });
  }
  if (!stored.ok()) return stored;
  response->set_imported_count(Mistake("import_counts_keys")
                                   ? static_cast<std::int64_t>(last.size())
                                   : count);
  return late.ok() ? bad : late;
}

}  // namespace wrong
