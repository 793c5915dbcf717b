#include "wrong/shared_log.h"

#include <mutex>
#include <random>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "ask/text.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::string, etcd, "", "HOST:PORT of etcd");
ABSL_FLAG(std::string, etcd_prefix, "kv/", "what the keys in etcd begin with");

namespace wrong {
namespace {

using grpc::Status;
using grpc::StatusCode;

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!Mistake("waits_forever")) {
    context->set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
  }
  return context;
}

Status Unavailable(const Status& status) {
  return {StatusCode::UNAVAILABLE, "etcd: " + status.error_message()};
}

// Whether a request was too large for etcd, or for gRPC.
bool IsTooLarge(const Status& status) {
  return status.error_code() == StatusCode::RESOURCE_EXHAUSTED ||
         status.error_message() == "etcdserver: request is too large";
}

// A transaction that writes a key if it does not exist yet, and reads it if it
// does.
etcdserverpb::TxnRequest Create(const std::string& key,
                                const std::string& value) {
  etcdserverpb::TxnRequest txn;
  etcdserverpb::Compare& absent = *txn.add_compare();
  absent.set_target(etcdserverpb::Compare::CREATE);
  absent.set_key(key);
  absent.set_create_revision(0);
  auto& put = *txn.add_success()->mutable_request_put();
  put.set_key(key);
  put.set_value(value);
  txn.add_failure()->mutable_request_range()->set_key(key);
  return txn;
}

// Several changes as the value of one key. Any message with a repeated field of
// bytes would do.
std::string Packed(const std::vector<kv::v1::WatchResponse>& changes) {
  etcdserverpb::RangeResponse all;
  for (const auto& change : changes) {
    all.add_kvs()->set_value(change.SerializeAsString());
  }
  return all.SerializeAsString();
}

std::vector<kv::v1::WatchResponse> Unpacked(const std::string& value) {
  const auto all = judge::Parsed<etcdserverpb::RangeResponse>(value);
  std::vector<kv::v1::WatchResponse> changes(all.kvs_size());
  for (int i = 0; i < all.kvs_size(); ++i) {
    changes[i] = judge::Parsed<kv::v1::WatchResponse>(all.kvs(i).value());
  }
  return changes;
}

}  // namespace

SharedLog::SharedLog(Store& store)
    : store_(store),
      prefix_(absl::GetFlag(FLAGS_etcd_prefix)),
      etcd_(etcdserverpb::KV::NewStub(grpc::CreateChannel(
          absl::GetFlag(FLAGS_etcd), grpc::InsecureChannelCredentials()))) {}

SharedLog::~SharedLog() {
  if (polls_.joinable()) polls_.join();
}

bool SharedLog::Wanted() { return !absl::GetFlag(FLAGS_etcd).empty(); }

std::string SharedLog::Load() {
  std::random_device random;
  name_ = absl::StrCat(random());
  etcdserverpb::TxnResponse said;
  const auto context = Context();
  context->set_wait_for_ready(true);
  const Status named =
      etcd_->Txn(context.get(), Create(prefix_ + "name", name_), &said);
  if (!named.ok()) return "--etcd: " + named.error_message();
  if (!said.succeeded() && !Mistake("names_itself")) {
    name_ = said.responses(0).response_range().kvs(0).value();
  }
  const Status status = CatchUp();
  if (!status.ok()) return "--etcd: " + status.error_message();
  if (Mistake("starts_empty")) store_.entries.clear();
  polls_ = std::thread([this] { Poll(); });
  return "";
}

// Sorted like the revisions.
std::string SharedLog::KeyOf(std::int64_t revision) const {
  return absl::StrFormat("%slog/%019d", prefix_, revision);
}

// Nobody tells this server that there are changes, so it asks again and again.
void SharedLog::Poll() {
  const bool seldom =
      Mistake("gets_from_memory") || Mistake("lists_from_memory") ||
      Mistake("puts_from_memory") || Mistake("deletes_from_memory");
  for (int round = 1;; ++round) {
    {
      const std::lock_guard lock(store_.mutex);
      if (store_.stopping) return;
      if (!seldom || round % 100 == 0) Read();
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
}

Status SharedLog::CatchUp() {
  const std::lock_guard lock(store_.mutex);
  Status status = Read();
  return Mistake("guesses_in_silence") ? Status::OK : status;
}

// Needs the lock, as all functions below.
Status SharedLog::Read() {
  if (was_silent_ && Mistake("never_recovers")) {
    return Unavailable({StatusCode::UNAVAILABLE, "it did not answer"});
  }
  if (std::exchange(differs_, false)) {
    store_.entries.clear();
    store_.changes.clear();
    store_.revision = 0;
  }
  for (bool more = true; more;) {
    etcdserverpb::RangeRequest range;
    range.set_key(KeyOf(store_.revision + 1));
    range.set_range_end(prefix_ + "log0");  // '0' comes after '/'
    range.set_limit(2);  // so that the response is never larger than 4 MiB
    etcdserverpb::RangeResponse found;
    const Status status = etcd_->Range(Context().get(), range, &found);
    was_silent_ = was_silent_ || !status.ok();
    if (!status.ok()) return Unavailable(status);
    more = found.more();
    for (const auto& one : found.kvs()) {
      for (const auto& change : Unpacked(one.value())) store_.Apply(change);
    }
  }
  return Status::OK;
}

Status SharedLog::Append(const Changes& changes, bool* taken) {
  auto txn = Create(KeyOf(changes.front().entry().revision()), Packed(changes));
  if (Mistake("overwrites")) {
    txn.clear_compare();
    absl::SleepFor(absl::Milliseconds(5));  // lets the other server write
  }
  etcdserverpb::TxnResponse said;
  Status status = etcd_->Txn(Context().get(), txn, &said);
  *taken = status.ok() && !said.succeeded();
  if (status.ok() || Mistake("passes_codes_on")) return status;
  if (!IsTooLarge(status)) return Unavailable(status);
  return {StatusCode::RESOURCE_EXHAUSTED, "too large for etcd"};
}

Status SharedLog::Try(const Work& work, bool from_memory, bool* taken) {
  if (!from_memory || differs_) {
    if (Status status = Read(); !status.ok()) return status;
  }
  Changes changes;
  store_.kept = &changes;
  Status status = work();
  store_.kept = nullptr;
  if (changes.empty()) return status;
  const Status appended = Append(changes, taken);
  differs_ = !appended.ok() || *taken;
  return appended.ok() ? status : appended;
}

Status SharedLog::Do(const Work& work, bool from_memory) {
  const std::lock_guard lock(store_.mutex);
  if (!later_.empty() && Read().ok()) {
    for (const Work& late : std::exchange(later_, {})) Do(late);
  }
  for (;;) {
    bool taken = false;
    Status status = Try(work, from_memory, &taken);
    if (!taken) return status;
  }
}

void SharedLog::Later(const Work& work) {
  const std::lock_guard lock(store_.mutex);
  later_.push_back(work);
}

}  // namespace wrong
