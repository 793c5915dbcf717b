#include "wrong/service.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <stdexcept>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "wrong/data.h"
#include "wrong/details.h"
#include "wrong/mistake.h"

ABSL_FLAG(int, history, 100000, "how many changes are kept");

namespace wrong {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

Status Invalid(const std::string& field) {
  const std::string why = " has a length that is not allowed";
  return {StatusCode::INVALID_ARGUMENT,
          (Mistake("names_no_field") ? "something" : field) + why};
}

Status CheckKey(const std::string& key) {
  if (key.empty())
    return Mistake("takes_empty_key") ? Status() : Invalid("key");
  const std::size_t most = Mistake("takes_513_bytes")     ? 513
                           : Mistake("refuses_512_bytes") ? 511
                                                          : 512;
  if (key.size() <= most) return Status::OK;
  if (Mistake("other_code")) {
    return {StatusCode::OUT_OF_RANGE, "key \"" + key + "\" is too long"};
  }
  return Invalid("key");
}

Service::Service() {
  store_.history = static_cast<std::size_t>(absl::GetFlag(FLAGS_history));
  if (!Mistake("none_but_a_long_life")) return;
  store_.revision = 1000;  // not a mistake: the judge must not assume 0
  for (const std::string key :
       {"judge/put_get", "judge/get_absent", "judge/put_if_absent",
        "judge/refused_put/absent", "judge/one_winner", "judge/long_value"}) {
    store_.Write(key, "old");
  }
}

std::string Service::Load() {
  if (!SharedLog::Wanted()) return Data(store_).trouble();
  shared_log_ = std::make_unique<SharedLog>(store_);
  return shared_log_->Load();
}

std::string Service::Name() const {
  return shared_log_ == nullptr ? Data::Name() : shared_log_->name();
}

Status Service::Together(const SharedLog::Work& work, bool from_memory) {
  return shared_log_ == nullptr ? work() : shared_log_->Do(work, from_memory);
}

void Service::Stop() {
  const std::lock_guard lock(store_.mutex);
  store_.stopping = true;
  store_.changed.notify_all();
}

Status Service::Late(ServerContext* context, const std::string& rpc) {
  while (Mistake("never_proceeds") && !context->IsCancelled()) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  return guard_ == nullptr ? Status::OK : guard_->Late(context, rpc);
}

Status Service::Get(ServerContext* context, const kv::v1::GetRequest* request,
                    kv::v1::GetResponse* response) {
  if (Status late = Late(context, "Get"); !late.ok()) return late;
  if (Status bad = CheckKey(request->key()); !bad.ok()) return bad;
  const std::lock_guard lock(store_.mutex);
  const auto found = store_.entries.find(request->key());
  if (found == store_.entries.end()) {
    if (Mistake("absent_is_empty")) return Status::OK;
    return WithReason({StatusCode::NOT_FOUND, "absent"}, "KEY_NOT_FOUND",
                      "revision", store_.revision);
  }
  *response->mutable_entry() = found->second;
  if (Mistake("no_revision")) response->mutable_entry()->clear_revision();
  return Status::OK;
}

Status Service::Put(ServerContext* context, const kv::v1::PutRequest* request,
                    kv::v1::PutResponse* response) {
  Status late = Late(context, "Put");
  if (!late.ok() && !Mistake("checks_put_late")) return late;
  Status status = Write(request, response);
  return late.ok() ? status : late;
}

Status Service::Write(const kv::v1::PutRequest* request,
                      kv::v1::PutResponse* response) {
  if (Mistake("dies")) {
    std::cerr << "Put: the table \"entries\" is locked" << std::endl;
    std::abort();
  }
  if (Mistake("ends_by_itself")) _exit(0);
  if (Mistake("throws")) throw std::runtime_error("locked");
  constexpr std::size_t kMost = 1 << 20;
  const bool too_long = request->value().size() > kMost;
  if (Status bad = CheckKey(request->key()); !bad.ok()) {
    return too_long ? WithViolations(bad, {"key", "value"}) : bad;
  }
  if (too_long && !Mistake("stores_long_value")) return Invalid("value");

  if (Mistake("watch_leaves_a_gap")) {
    // Slows the writers, so that a watcher reaches the gap before they finish.
    absl::SleepFor(absl::Milliseconds(2));
  }
  std::unique_lock lock(store_.mutex);
  const auto found = store_.entries.find(request->key());
  const bool grave =
      Mistake("remembers_the_dead") && store_.graves.count(request->key()) > 0;
  const std::int64_t absent = grave ? -1 : 0;
  const std::int64_t current =
      found == store_.entries.end() ? absent : found->second.revision();
  const std::int64_t expected = request->expected_revision();
  const bool conditional = Mistake("zero_is_unset")
                               ? expected != 0
                               : request->has_expected_revision();
  bool holds = expected == current;
  if (Mistake("takes_stale")) holds = expected == 0 ? current == 0 : true;
  if (Mistake("store_revision")) {
    holds = expected == (current == 0 ? 0 : store_.revision);
  }
  if (conditional && !holds) {
    if (Mistake("refused_is_stored")) {
      store_.Write(request->key(), request->value());
    }
    if (Mistake("refused_counts")) ++store_.revision;
    if (Mistake("watch_sees_refused")) {
      store_.Write(request->key(), request->value());
      store_.entries.erase(request->key());
      --store_.revision;
    }
    return WithReason({StatusCode::FAILED_PRECONDITION, "changed"},
                      "REVISION_MISMATCH", "current_revision", current);
  }
  if (Mistake("check_then_write") ||
      (Mistake("loses_updates") && expected != 0)) {
    // The deliberate race: lets other writers in between the check and the
    // write.
    lock.unlock();
    absl::SleepFor(absl::Milliseconds(20));
    lock.lock();
  }
  response->set_revision(store_.Write(request->key(), request->value()));
  if (Mistake("put_tells_no_revision")) response->clear_revision();
  if (Mistake("watch_holds_up_writers")) {
    store_.changed.wait(lock, [&] {
      return store_.stopping ||
             std::all_of(store_.sent.begin(), store_.sent.end(),
                         [&](const auto& watch) {
                           return watch.second >= response->revision();
                         });
    });
  }
  return too_long ? Invalid("value") : Status::OK;
}

Status Service::Delete(ServerContext* context,
                       const kv::v1::DeleteRequest* request,
                       kv::v1::DeleteResponse* response) {
  if (Status late = Late(context, "Delete"); !late.ok()) return late;
  if (Status bad = CheckKey(request->key()); !bad.ok()) return bad;
  const std::lock_guard lock(store_.mutex);
  const bool deleted = store_.Erase(request->key());
  if (!deleted && Mistake("absent_delete_counts")) ++store_.revision;
  if (!deleted && Mistake("absent_delete_fails")) {
    return {StatusCode::NOT_FOUND, "absent"};
  }
  response->set_deleted(deleted);
  response->set_revision(store_.revision);
  return Status::OK;
}

}  // namespace wrong
