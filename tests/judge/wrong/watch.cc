// The wrong server's Watch.
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "wrong/details.h"
#include "wrong/mistake.h"
#include "wrong/service.h"

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using kv::v1::WatchResponse;

Status Service::Watch(ServerContext* context,
                      const kv::v1::WatchRequest* request,
                      grpc::ServerWriter<WatchResponse>* writer) {
  if (Status late = Late(context, "Watch"); !late.ok()) {
    if (!Mistake("checks_watch_late")) return late;
    context->AddInitialMetadata("kv-revision", "1");
    writer->SendInitialMetadata();
    return late;
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
      return WithReason(
          {StatusCode::OUT_OF_RANGE, absl::StrCat("go on from ", from)},
          "REVISION_AHEAD", "watch_after", store_.revision);
    }
    if (request->has_after_revision() && after >= 0 &&
        after < store_.forgotten() && !Mistake("watch_takes_too_old")) {
      return {StatusCode::OUT_OF_RANGE, absl::StrCat("go on from ", from)};
    }
    if (!request->has_after_revision() || after < 0 ||
        (after == 0 && Mistake("watch_from_0_is_now"))) {
      after = store_.revision;
    }
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
  std::int64_t sent = after;
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
      const int pause = Mistake("watch_polls") ? 0 : 50;
      store_.changed.wait_for(lock, std::chrono::milliseconds(pause), news);
    }
    if (context->IsCancelled()) return Status::CANCELLED;
    if (store_.stopping) {
      return Mistake("watch_ends_well")
                 ? Status::OK
                 : Status(StatusCode::UNAVAILABLE, "the server stops");
    }
    if (store_.revision <= after) continue;
    if (std::exchange(late, false)) after = store_.revision;
    const std::int64_t from =
        Mistake("watch_forgets_quiet_changes") ? sent : after;
    if (from < store_.forgotten() && !Mistake("watch_takes_too_old") &&
        !Mistake("watch_skips") && !Mistake("watch_keeps_all")) {
      return {StatusCode::OUT_OF_RANGE,
              absl::StrCat("go on from ", store_.revision)};
    }
    std::optional<WatchResponse> change = store_.After(after);
    if (!change) {
      after = store_.revision;  // skips the changes that a mistake hides
      continue;
    }
    const bool seam =
        resumed && after < replayed && change->entry().revision() == replayed;
    after = change->entry().revision();
    if (Mistake("watch_swaps") && after % 1000 == 0) {
      held = change;  // sent after the next change
      continue;
    }
    if (Mistake("watch_drops") && after % 1000 == 0) continue;
    const std::string& key = change->entry().key();
    const std::size_t end = request.prefix().size();
    const bool folder =
        end == 0 || key.size() == end || (key.size() > end && key[end] == '/');
    const bool under = Store::Under(key, request.prefix()) &&
                       (folder || !Mistake("watch_prefix_is_a_folder"));
    if (!under && !Mistake("watch_ignores_prefix")) {
      store_.sent[context] = after;
      store_.changed.notify_all();
      continue;
    }
    if (Mistake("watch_coalesces") && resumed && after <= replayed &&
        store_.entries.count(change->entry().key()) > 0) {
      *change->mutable_entry() = store_.entries[change->entry().key()];
    }
    lock.unlock();
    grpc::WriteOptions options;
    if (Mistake("watch_hints")) options.set_buffer_hint();
    const bool open = writer->Write(*change, options);
    if (Mistake("watch_doubles") && after % 1000 == 0) writer->Write(*change);
    if (held.has_value()) writer->Write(*std::exchange(held, std::nullopt));
    if (Mistake("watch_leaves_a_gap") && seam) {
      absl::SleepFor(absl::Milliseconds(20));  // lets other calls write
    }
    lock.lock();
    sent = after;
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
