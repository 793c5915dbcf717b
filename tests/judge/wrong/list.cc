// The wrong server's List.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "wrong/mistake.h"
#include "wrong/service.h"

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using kv::v1::Entry;
using kv::v1::ListResponse;

namespace {

// Matches like LIKE in SQL: it ignores case, and _ matches any character.
bool Like(const std::string& key, const std::string& prefix) {
  if (key.size() < prefix.size()) return false;
  return std::equal(
      prefix.begin(), prefix.end(), key.begin(), [](char pattern, char c) {
        return pattern == '_' || std::tolower(pattern) == std::tolower(c);
      });
}

// Compares in UTF-16 order, in which a surrogate pair comes before U+E000.
std::string Utf16Order(std::string key) {
  for (char& c : key) {
    if (c == '\xee' || c == '\xef') c = '\xff';
  }
  return key;
}

}  // namespace

std::vector<Entry> Service::Copy(const kv::v1::ListRequest& request) {
  std::vector<Entry> entries;
  std::unique_lock lock(store_.mutex);
  for (auto i = store_.entries.begin(); i != store_.entries.end();) {
    const Entry entry = i->second;
    const bool under = Mistake("list_prefix_is_pattern")
                           ? Like(entry.key(), request.prefix())
                           : Store::Under(entry.key(), request.prefix());
    if (under || Mistake("list_ignores_prefix")) entries.push_back(entry);
    if (Mistake("list_copies_piecemeal") && under) {
      lock.unlock();  // lets other calls in between two entries
      absl::SleepFor(absl::Microseconds(100));
      lock.lock();
    }
    i = store_.entries.upper_bound(entry.key());
  }
  if (Mistake("list_orders_utf16")) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return Utf16Order(a.key()) < Utf16Order(b.key());
    });
  }
  if (Mistake("list_newest_first")) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return a.revision() > b.revision();
    });
  }
  const auto limit = static_cast<std::size_t>(request.limit());
  if (limit > 0 && entries.size() > limit && !Mistake("list_forgets_limit")) {
    entries.resize(limit + (Mistake("list_limit_off_by_one") ? 1 : 0));
  }
  return entries;
}

Status Service::List(ServerContext* context, const kv::v1::ListRequest* request,
                     grpc::ServerWriter<ListResponse>* writer) {
  Status late = Late(context, "List");
  if (!late.ok() && !Mistake("checks_list_late")) return late;
  const bool bad_limit = request->limit() < 0;
  if (request->prefix().size() > kMaxPrefixBytes) return Invalid("prefix");
  if (bad_limit && !Mistake("list_takes_negative") &&
      !Mistake("list_checks_late")) {
    return {StatusCode::INVALID_ARGUMENT, "limit: negative"};
  }
  const std::vector<Entry> entries = Copy(*request);
  if (entries.empty() && Mistake("list_empty_fails")) {
    return {StatusCode::NOT_FOUND, "nothing there"};
  }
  std::unique_lock lock(store_.mutex, std::defer_lock);
  if (Mistake("list_holds_lock")) lock.lock();
  const std::size_t packed = Mistake("list_sends_one_by_one") ? 1 : 32 << 10;
  ListResponse response;
  for (const Entry& entry : entries) {
    *response.add_entries() = entry;
    if (Mistake("list_reads_as_it_goes")) {
      const std::lock_guard now(store_.mutex);
      *response.mutable_entries()->rbegin() = store_.entries[entry.key()];
    }
    if (response.ByteSizeLong() < packed && &entry != &entries.back()) continue;
    while (!writer->Write(response)) {
      if (Mistake("list_must_be_read")) std::abort();
      if (!Mistake("list_never_gives_up")) return Status::CANCELLED;
      absl::SleepFor(absl::Milliseconds(1));
    }
    response.Clear();
  }
  if (Mistake("list_ends_empty")) writer->Write(response);
  if (!late.ok()) return late;
  return bad_limit && Mistake("list_checks_late") ? Invalid("limit")
                                                  : Status::OK;
}

}  // namespace wrong
