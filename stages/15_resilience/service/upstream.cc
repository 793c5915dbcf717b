#include "service/upstream.h"

#include <string>
#include <utility>

#include "service/admit.h"
#include "service/error_details.h"

namespace kv {
namespace {

// [get]
// Answers after the handler has returned. Until then the reactor owns the
// context of the call to the upstream.
class GetReactor final : public grpc::ServerUnaryReactor {
 public:
  GetReactor(v1::KeyValueService::Stub& stub, Budget& calls,
             const grpc::CallbackServerContext& context,
             const v1::GetRequest& request, v1::GetResponse& response)
      : place_(calls),
        // A plain ClientContext would have no deadline, and nobody would cancel
        // it.
        call_(grpc::ClientContext::FromCallbackServerContext(context)) {
    if (grpc::Status bad = Admit(context, place_, "calls"); !bad.ok()) {
      Finish(bad);
      return;
    }
    stub.async()->Get(
        call_.get(), &request, &response,
        [this](grpc::Status status) { Finish(std::move(status)); });
  }

  void OnDone() override { delete this; }

 private:
  Budget::Share place_;
  const std::unique_ptr<grpc::ClientContext> call_;
};
// [get]

// Reads from the upstream and writes to the caller: a reactor for each side.
// One message is on its way at a time, so a slow caller slows the upstream
// down.
template <class Message>
class Relay final : public grpc::ServerWriteReactor<Message> {
 public:
  /// `running` is null for a List. A Watch is in it until it ends.
  Relay(grpc::CallbackServerContext& context, Budget& budget,
        RunningCalls* running)
      : context_(context), place_(budget), running_(running) {}

  /// Calls the upstream with `start`, unless there are too many calls already.
  template <class Start>
  void Begin(const Start& start) {
    grpc::Status bad = running_ == nullptr ? AdmitStream(context_, place_)
                                           : Admit(context_, place_, "watches");
    if (!bad.ok()) {
      this->Finish(bad);
      return;
    }
    if (running_ != nullptr) running_->Add(*call_);
    start(call_.get(), &upstream_);
    // OnWriteDone() starts reads, and it is no reaction of the upstream's
    // call. Without the hold that call could be done in between.
    upstream_.AddHold();
    upstream_.StartCall();
  }

  // [relay]
  void OnWriteDone(bool ok) override {
    if (ok) {
      upstream_.StartRead(&message_);
    } else {
      upstream_.RemoveHold();  // its call is cancelled with this one
    }
  }

  // By now the upstream's call is done, because its OnDone() called Finish().
  void OnDone() override { delete this; }

 private:
  class Reader final : public grpc::ClientReadReactor<Message> {
   public:
    explicit Reader(Relay& relay) : relay_(relay) {}

    // Metadata is not passed on in either direction, unless you do it.
    void OnReadInitialMetadataDone(bool /*ok*/) override {
      const auto& metadata = relay_.call_->GetServerInitialMetadata();
      for (const char* const key : {"kv-revision", "kv-store"}) {
        if (const auto at = metadata.find(key); at != metadata.end()) {
          relay_.context_.AddInitialMetadata(
              key, std::string(at->second.data(), at->second.size()));
        }
      }
      if (metadata.count("kv-revision") > 0) relay_.StartSendInitialMetadata();
      this->StartRead(&relay_.message_);
    }

    void OnReadDone(bool ok) override {
      if (ok) {
        relay_.StartWrite(&relay_.message_);
      } else {
        this->RemoveHold();
      }
    }

    void OnDone(const grpc::Status& status) override {
      RunningCalls* const running = relay_.running_;
      relay_.Finish(
          running == nullptr ? status : running->Remove(*relay_.call_, status));
    }

   private:
    Relay& relay_;
  };
  // [relay]

  grpc::CallbackServerContext& context_;
  Budget::Share place_;
  RunningCalls* const running_;
  const std::unique_ptr<grpc::ClientContext> call_ =
      grpc::ClientContext::FromCallbackServerContext(context_);
  Message message_;
  Reader upstream_{*this};
};

}  // namespace

void RunningCalls::Add(grpc::ClientContext& call) {
  const std::lock_guard lock(mutex_);
  calls_.insert(&call);
  if (ended_) call.TryCancel();
}

grpc::Status RunningCalls::Remove(grpc::ClientContext& call,
                                  const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  calls_.erase(&call);
  if (!ended_) return status;
  return WithDetails(grpc::StatusCode::UNAVAILABLE,
                     "no more changes from this server",
                     {ErrorInfo("SERVER_STOPS", {}), RetryInfo(kRetryDelay)});
}

void RunningCalls::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  for (grpc::ClientContext* const call : calls_) call->TryCancel();
}

grpc::ServerUnaryReactor* Upstream::Get(grpc::CallbackServerContext* context,
                                        const v1::GetRequest* request,
                                        v1::GetResponse* response) {
  return new GetReactor(*stub_, calls_, *context, *request, *response);
}

grpc::ServerWriteReactor<v1::ListResponse>* Upstream::List(
    grpc::CallbackServerContext* context, const v1::ListRequest* request) {
  auto* const relay = new Relay<v1::ListResponse>(*context, calls_, nullptr);
  relay->Begin([&](grpc::ClientContext* call, auto* reactor) {
    stub_->async()->List(call, request, reactor);
  });
  return relay;
}

grpc::ServerWriteReactor<v1::WatchResponse>* Upstream::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest* request) {
  auto* const relay =
      new Relay<v1::WatchResponse>(*context, watches_, &running_watches_);
  relay->Begin([&](grpc::ClientContext* call, auto* reactor) {
    const auto& metadata = context->client_metadata();
    if (const auto at = metadata.find("kv-store"); at != metadata.end()) {
      call->AddMetadata("kv-store",
                        std::string(at->second.data(), at->second.size()));
    }
    stub_->async()->Watch(call, request, reactor);
  });
  return relay;
}

}  // namespace kv
