// A stream of responses that stays open until the call is cancelled.
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/admit.h"
#include "service/convert.h"
#include "service/error_details.h"
#include "service/service.h"

namespace kv {
namespace {

v1::WatchResponse ToMessage(const Change& change) {
  v1::WatchResponse message;
  message.set_change_type(change.deleted ? v1::WatchResponse::CHANGE_TYPE_DELETE
                                         : v1::WatchResponse::CHANGE_TYPE_PUT);
  *message.mutable_entry() = ToMessage(*change.entry);
  return message;
}

// [same_store]
// A revision means something only in its own store. A client that resumes says
// which store it knows.
grpc::Status CheckSameStore(const Store& store,
                            const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto known = metadata.find("kv-store");
  if (known == metadata.end() || known->second == store.id()) {
    return grpc::Status::OK;
  }
  return WithDetails(grpc::StatusCode::FAILED_PRECONDITION,
                     "the revision belongs to another store: list again, then "
                     "watch",
                     {ErrorInfo("OTHER_STORE", {})});
}
// [same_store]

grpc::Status Check(const v1::WatchRequest& request) {
  google::rpc::BadRequest bad;
  CheckPrefix(request.prefix(), bad);
  if (request.after_revision() < 0) {
    Add(bad, "after_revision", "must not be negative");
  }
  return bad.field_violations().empty() ? grpc::Status::OK : Invalid(bad);
}

// At any moment exactly one event will continue the call: OnWriteDone(), or the
// wake-up, which OnCancel() may replace. So the members need no lock, although
// several threads use them in turn.
class WatchReactor final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  WatchReactor(const Store& store, Budget& watches,
               grpc::CallbackServerContext& context,
               const v1::WatchRequest& request)
      : place_(watches) {
    grpc::Status bad = Admit(context, place_, "watches");
    if (bad.ok()) bad = CheckSameStore(store, context);
    if (bad.ok()) bad = Check(request);
    if (!bad.ok()) {
      Finish(bad);
      return;
    }
    // The client may have a revision from another server, that this one has not
    // heard of.
    store.WhenCurrent(
        Reads::kLinearizable, [&, this](const absl::Status& current) {
          grpc::Status begun = current.ok() ? Begin(store, context, request)
                                            : ToGrpcStatus(current);
          if (begun.ok()) {
            Continue();
          } else {
            Finish(begun);
          }
        });
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Continue();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  // [cancel]
  // If the watcher waits, nothing else would end the call. If it does not wait,
  // the write in flight fails, or Next() returns CANCELLED.
  void OnCancel() override {
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (watcher_ == nullptr) return;  // Begin() will see it
    }
    if (watcher_->Stop()) Finish(grpc::Status::CANCELLED);
  }
  // [cancel]

  void OnDone() override { delete this; }

 private:
  grpc::Status Begin(const Store& store, grpc::CallbackServerContext& context,
                     const v1::WatchRequest& request);

  // [continue]
  // Starts a write, or a wait, or finishes. After that it must not touch the
  // reactor: another thread may already use it, or may have deleted it.
  void Continue() {
    while (next_ == changes_.size()) {
      auto changes = watcher_->Next();
      if (!changes.ok()) {
        Finish(ToGrpcStatus(changes.status()));
        return;
      }
      changes_ = *std::move(changes);
      next_ = 0;
      response_ = v1::WatchResponse();  // keeps no value during a wait
      if (changes_.empty() && watcher_->Wait([this] { Continue(); })) return;
    }
    response_ = ToMessage(changes_[next_++]);
    StartWrite(&response_);
  }
  // [continue]

  Budget::Share place_;
  std::mutex mutex_;        // guards the next member until it is set
  bool cancelled_ = false;  // and this one
  std::unique_ptr<Watcher> watcher_;
  std::vector<Change> changes_;  // those that are not written yet
  std::size_t next_ = 0;
  v1::WatchResponse response_;  // must live until OnWriteDone()
};

grpc::Status WatchReactor::Begin(const Store& store,
                                 grpc::CallbackServerContext& context,
                                 const v1::WatchRequest& request) {
  std::optional<std::int64_t> after;  // unset: from now on
  if (request.has_after_revision()) after = request.after_revision();
  auto watcher = store.Watch(request.prefix(), after);
  if (!watcher.ok()) return ToGrpcStatus(watcher.status());
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return grpc::Status::CANCELLED;
    watcher_ = *std::move(watcher);
  }
  // Otherwise gRPC sends headers with the first message, maybe hours later.
  context.AddInitialMetadata("kv-revision", absl::StrCat(watcher_->revision()));
  context.AddInitialMetadata("kv-store", store.id());
  StartSendInitialMetadata();
  return grpc::Status::OK;
}

}  // namespace

grpc::ServerWriteReactor<v1::WatchResponse>* KeyValueServiceImpl::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest* request) {
  return new WatchReactor(store_, watches_, *context, *request);
}

}  // namespace kv
