#include "etcd/etcd_client.h"

#include <chrono>
#include <random>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace kv {
namespace {

// Abseil's status codes have the same numbers as gRPC's.
absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(
      static_cast<absl::StatusCode>(status.error_code()),
      absl::StripPrefix(status.error_message(), "etcdserver: "));
}

// What etcd says when a token is no longer known, or older than a change of
// users and roles.
bool NeedsNewToken(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAUTHENTICATED ||
         absl::StrContains(status.error_message(), "revision of auth store") ||
         absl::StrContains(status.error_message(), "user name is empty");
}

void SetRange(const Etcd::Range& range, etcdserverpb::RangeRequest& request) {
  request.set_key(range.first);
  request.set_range_end(range.end);
}

void AddCondition(const std::string& key, bool present,
                  etcdserverpb::TxnRequest& request) {
  if (key.empty()) return;
  etcdserverpb::Compare& compare = *request.add_compare();
  compare.set_key(key);
  compare.set_target(etcdserverpb::Compare::CREATE);
  compare.set_result(present ? etcdserverpb::Compare::GREATER
                             : etcdserverpb::Compare::EQUAL);
  compare.set_create_revision(0);  // that of a key that does not exist
}

Etcd::Page ToPage(etcdserverpb::RangeResponse& response) {
  Etcd::Page page;
  page.more = response.more();
  page.revision = response.header().revision();
  for (etcdserverpb::KeyValue& pair : *response.mutable_kvs()) {
    page.pairs.push_back(
        {std::move(*pair.mutable_key()), std::move(*pair.mutable_value())});
  }
  return page;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EtcdClient>> EtcdClient::Create(
    const EtcdOptions& options) {
  const auto channels = ConnectToMembers(options);
  if (!channels.ok()) return channels.status();
  auto user = ReadUser(options);
  if (!user.ok()) return user.status();
  return absl::WrapUnique(
      new EtcdClient(std::vector<Member>(channels->begin(), channels->end()),
                     *std::move(user)));
}

// Servers begin with different members.
EtcdClient::EtcdClient(std::vector<Member> members, EtcdUser user)
    : members_(std::move(members)),
      user_(std::move(user)),
      current_(std::random_device{}() % members_.size()) {}

// [prepare]
void EtcdClient::Prepare(grpc::ClientContext& context) const {
  // Without a leader, a member would let us wait.
  context.AddMetadata("hasleader", "true");
  const std::lock_guard lock(mutex_);
  if (!token_.empty()) context.AddMetadata("token", token_);
}
// [prepare]

absl::Status EtcdClient::Authenticate(const Member& member,
                                      Milliseconds timeout) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  etcdserverpb::AuthenticateRequest request;
  request.set_name(user_.name);
  request.set_password(user_.password);
  etcdserverpb::AuthenticateResponse response;
  const grpc::Status status =
      member.auth->Authenticate(&context, request, &response);
  if (!status.ok()) return ToAbsl(status);
  const std::lock_guard lock(mutex_);
  token_ = response.token();
  return absl::OkStatus();
}

// [call]
absl::Status EtcdClient::Call(
    Milliseconds timeout,
    const std::function<grpc::Status(const Member&, grpc::ClientContext&)>&
        call) {
  std::size_t at = current_;
  const Member& member = members_[at];
  absl::Status done;
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    Prepare(context);
    const grpc::Status status = call(member, context);
    done = ToAbsl(status);
    if (user_.name.empty() || attempt > 1 || !NeedsNewToken(status)) break;
    if (absl::Status bad = Authenticate(member, timeout); !bad.ok()) {
      done = bad;
      break;
    }
  }
  if (OutcomeUnknown(done)) {
    current_.compare_exchange_strong(at, (at + 1) % members_.size());
  }
  return done;
}
// [call]

absl::StatusOr<Etcd::Page> EtcdClient::Read(const Range& range,
                                            std::int64_t limit,
                                            std::int64_t revision,
                                            Milliseconds timeout) {
  etcdserverpb::RangeRequest request;
  SetRange(range, request);
  request.set_limit(limit);
  request.set_revision(revision);
  etcdserverpb::RangeResponse response;
  const absl::Status done =
      Call(timeout, [&](const Member& member, grpc::ClientContext& context) {
        return member.kv->Range(&context, request, &response);
      });
  if (!done.ok()) return done;
  return ToPage(response);
}

// [run]
absl::StatusOr<Etcd::Outcome> EtcdClient::Run(const Transaction& transaction,
                                              Milliseconds timeout) {
  etcdserverpb::TxnRequest request;
  AddCondition(transaction.present, /*present=*/true, request);
  AddCondition(transaction.absent, /*present=*/false, request);
  for (const Pair& pair : transaction.puts) {
    auto& put = *request.add_success()->mutable_request_put();
    put.set_key(pair.key);
    put.set_value(pair.value);
  }
  for (const Range& range : transaction.removes) {
    auto& remove = *request.add_success()->mutable_request_delete_range();
    remove.set_key(range.first);
    remove.set_range_end(range.end);
  }
  if (!transaction.read.first.empty()) {
    SetRange(transaction.read, *request.add_failure()->mutable_request_range());
    if (request.success().empty()) {
      SetRange(transaction.read,
               *request.add_success()->mutable_request_range());
    }
  }
  etcdserverpb::TxnResponse response;
  const absl::Status done =
      Call(timeout, [&](const Member& member, grpc::ClientContext& context) {
        return member.kv->Txn(&context, request, &response);
      });
  if (!done.ok()) return done;
  Outcome outcome{response.succeeded(), {}};
  for (auto& part : *response.mutable_responses()) {
    if (part.has_response_range()) {
      outcome.page = ToPage(*part.mutable_response_range());
    }
  }
  return outcome;
}
// [run]

// [watch]
absl::Status EtcdClient::Watch(
    const Range& range,
    const std::function<void(const std::vector<Pair>&)>& receive) {
  std::size_t at = current_;
  grpc::ClientContext context;
  Prepare(context);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return absl::CancelledError("stopped");
    watch_ = &context;
  }
  const auto stream = members_[at].watch->Watch(&context);
  etcdserverpb::WatchRequest request;
  auto& create = *request.mutable_create_request();
  create.set_key(range.first);
  create.set_range_end(range.end);
  create.add_filters(etcdserverpb::WatchCreateRequest::NODELETE);
  absl::Status end = absl::UnavailableError("");
  etcdserverpb::WatchResponse response;
  bool more = stream->Write(request);
  while (more && stream->Read(&response)) {
    if (response.canceled()) {
      end = absl::UnavailableError(response.cancel_reason());
      context.TryCancel();
      break;
    }
    std::vector<Pair> pairs;
    for (etcdserverpb::Event& event : *response.mutable_events()) {
      etcdserverpb::KeyValue& pair = *event.mutable_kv();
      pairs.push_back(
          {std::move(*pair.mutable_key()), std::move(*pair.mutable_value())});
    }
    if (response.created() || !pairs.empty()) receive(pairs);
  }
  const grpc::Status status = stream->Finish();
  if (!response.canceled()) end = ToAbsl(status);
  current_.compare_exchange_strong(at, (at + 1) % members_.size());
  const std::lock_guard lock(mutex_);
  watch_ = nullptr;
  return end;
}
// [watch]

void EtcdClient::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (watch_ != nullptr) watch_->TryCancel();
}

}  // namespace kv
