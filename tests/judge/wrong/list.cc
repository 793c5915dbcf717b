// List and Watch of the wrong server.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
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
using kv::v1::Entry;
using kv::v1::ListResponse;
using kv::v1::WatchResponse;

namespace {

constexpr std::size_t kMaxPrefixBytes = 512;

// As SQL's LIKE: any case, and _ is any one character.
bool Like(const std::string& key, const std::string& prefix) {
  if (key.size() < prefix.size()) return false;
  return std::equal(
      prefix.begin(), prefix.end(), key.begin(), [](char pattern, char c) {
        return pattern == '_' || std::tolower(pattern) == std::tolower(c);
      });
}

// As strings of UTF-16 compare: what needs two units comes before U+E000.
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
      lock.unlock();  // time for others between two entries
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
  if (Mistake("lists_nothing")) return Status::OK;
  if (stage_ < 4) {
    return kv::v1::KeyValueService::Service::List(context, request, writer);
  }
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
  for (const Entry& entry : entries) {
    ListResponse response;
    *response.add_entries() = entry;
    if (Mistake("list_reads_as_it_goes")) {
      const std::lock_guard now(store_.mutex);
      *response.mutable_entries(0) = store_.entries[entry.key()];
    }
    while (!writer->Write(response)) {
      if (Mistake("list_must_be_read")) std::abort();
      if (!Mistake("list_never_gives_up")) return Status::CANCELLED;
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  return bad_limit && Mistake("list_checks_late") ? Invalid("limit")
                                                  : Status::OK;
}

Status Service::Watch(ServerContext* context,
                      const kv::v1::WatchRequest* request,
                      grpc::ServerWriter<WatchResponse>* writer) {
  if (stage_ < 4) {
    return kv::v1::KeyValueService::Service::Watch(context, request, writer);
  }
  if (request->prefix().size() > kMaxPrefixBytes) return Invalid("prefix");
  std::int64_t after = request->after_revision();
  if (after < 0 && !Mistake("watch_takes_negative")) {
    return {StatusCode::INVALID_ARGUMENT, "after_revision: negative"};
  }
  {
    const std::lock_guard lock(store_.mutex);
    const std::int64_t from =
        Mistake("watch_names_no_revision") ? 0 : store_.revision;
    if (after > store_.revision && !Mistake("watch_takes_future")) {
      return {StatusCode::OUT_OF_RANGE, absl::StrCat("go on from ", from)};
    }
    if (request->has_after_revision() && after >= 0 &&
        after < store_.forgotten() && !Mistake("watch_takes_too_old")) {
      return {StatusCode::OUT_OF_RANGE, absl::StrCat("go on from ", from)};
    }
    if (!request->has_after_revision() || after < 0) after = store_.revision;
  }
  const std::int64_t told = Mistake("watch_tells_0") ? 0 : after;
  context->AddInitialMetadata("kv-revision", absl::StrCat(told));
  if (!Mistake("watch_sends_no_headers")) writer->SendInitialMetadata();
  {
    const std::lock_guard lock(store_.mutex);
    store_.sent[context] = after;
  }
  Status status = Follow(context, *request, after, writer);
  const std::lock_guard lock(store_.mutex);
  store_.sent.erase(context);
  store_.changed.notify_all();
  return status;
}

Status Service::Follow(ServerContext* context,
                       const kv::v1::WatchRequest& request, std::int64_t after,
                       grpc::ServerWriter<WatchResponse>* writer) {
  const bool resumed = request.has_after_revision();
  bool late = Mistake("watch_begins_late") && !resumed;
  std::unique_lock lock(store_.mutex);
  if (Mistake("watch_replays_nothing") && resumed) after = store_.revision;
  std::optional<WatchResponse> held;
  if (Mistake("watch_replays_entries") && resumed) {
    for (const auto& [key, entry] : store_.entries) {
      WatchResponse change;
      change.set_change_type(WatchResponse::CHANGE_TYPE_PUT);
      *change.mutable_entry() = entry;
      if (!Store::Under(key, request.prefix())) continue;
      if (entry.revision() > after) writer->Write(change);
    }
    after = store_.revision;
  }
  const std::int64_t replayed = store_.revision;
  for (;;) {
    const auto news = [&] {
      return store_.revision > after || store_.stopping;
    };
    if (store_.revision >= replayed && after >= replayed) {
      if (Mistake("watch_ends_after_replay") && resumed) return Status::OK;
      if (Mistake("watch_ends_before_deadline") &&
          context->deadline() != std::chrono::system_clock::time_point::max()) {
        return Status::OK;
      }
    }
    if (Mistake("watch_ignores_cancel")) {
      store_.changed.wait(lock, news);
    } else {
      store_.changed.wait_for(lock, std::chrono::milliseconds(50), news);
    }
    if (context->IsCancelled()) return Status::CANCELLED;
    if (store_.stopping) {
      return Mistake("watch_ends_well")
                 ? Status::OK
                 : Status(StatusCode::UNAVAILABLE, "the server stops");
    }
    if (store_.revision <= after) continue;
    if (std::exchange(late, false)) after = store_.revision;
    if (after < store_.forgotten() && !Mistake("watch_takes_too_old") &&
        !Mistake("watch_skips") && !Mistake("watch_keeps_all")) {
      return {StatusCode::OUT_OF_RANGE,
              absl::StrCat("go on from ", store_.revision)};
    }
    std::optional<WatchResponse> change = store_.After(after);
    if (!change) {
      after = store_.revision;  // of changes that were hidden
      continue;
    }
    const bool seam =
        resumed && after < replayed && change->entry().revision() == replayed;
    after = change->entry().revision();
    if (Mistake("watch_swaps") && after % 1000 == 0) {
      held = change;  // until the next one was sent
      continue;
    }
    if (Mistake("watch_drops") && after % 1000 == 0) continue;
    if (!Store::Under(change->entry().key(), request.prefix()) &&
        !Mistake("watch_ignores_prefix")) {
      store_.sent[context] = after;
      store_.changed.notify_all();
      continue;
    }
    if (Mistake("watch_coalesces") && resumed && after <= replayed &&
        store_.entries.count(change->entry().key()) > 0) {
      *change->mutable_entry() = store_.entries[change->entry().key()];
    }
    lock.unlock();
    const bool open = writer->Write(*change);
    if (Mistake("watch_doubles") && after % 1000 == 0) writer->Write(*change);
    if (held.has_value()) writer->Write(*std::exchange(held, std::nullopt));
    if (Mistake("watch_leaves_a_gap") && seam) {
      absl::SleepFor(absl::Milliseconds(20));  // time for others
    }
    lock.lock();
    store_.sent[context] = after;
    store_.changed.notify_all();
    if (Mistake("watch_leaves_a_gap") && seam &&
        store_.revision > replayed + 2) {
      after = store_.revision;
    }
    if (!open) return Status::CANCELLED;
  }
}

}  // namespace wrong
