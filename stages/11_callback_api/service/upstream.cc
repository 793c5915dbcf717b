#include "service/upstream.h"

#include <string>
#include <utility>

#include "service/admit.h"

namespace kv {
namespace {

// [get]
// A unary reactor of its own: the answer comes later, and the call to the
// upstream needs a home until then.
class GetReactor final : public grpc::ServerUnaryReactor {
 public:
  GetReactor(v1::KeyValueService::Stub& stub, Budget& calls,
             const grpc::CallbackServerContext& context,
             const v1::GetRequest& request, v1::GetResponse& response)
      : place_(calls),
        // A plain ClientContext would have no deadline, and nobody would cancel
        // it.
        call_(grpc::ClientContext::FromCallbackServerContext(context)) {
    if (grpc::Status bad = Admit(context, place_); !bad.ok()) {
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

// [relay]
// Reads from the upstream and writes to the caller: a reactor for each side.
// One message is on its way at a time, so a slow caller slows the upstream
// down.
template <class Message>
class Relay final : public grpc::ServerWriteReactor<Message> {
 public:
  Relay(grpc::CallbackServerContext& context, Budget& budget)
      : context_(context), place_(budget) {}

  /// Calls the upstream with `start`, unless the caller is rejected.
  template <class Start>
  void Begin(const Start& start) {
    if (grpc::Status bad = Admit(context_, place_); !bad.ok()) {
      this->Finish(bad);
      return;
    }
    start(call_.get(), &upstream_);
    // OnWriteDone() starts reads, and it is no reaction of the upstream's
    // call. Without the hold that call could be done in between.
    upstream_.AddHold();
    upstream_.StartCall();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      upstream_.StartRead(&message_);
    } else {
      call_->TryCancel();
      upstream_.RemoveHold();
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
      if (const auto at = metadata.find("kv-revision"); at != metadata.end()) {
        relay_.context_.AddInitialMetadata(
            "kv-revision", std::string(at->second.data(), at->second.size()));
        relay_.StartSendInitialMetadata();
      }
      this->StartRead(&relay_.message_);
    }

    void OnReadDone(bool ok) override {
      if (ok) {
        relay_.StartWrite(&relay_.message_);
      } else {
        this->RemoveHold();
      }
    }

    void OnDone(const grpc::Status& status) override { relay_.Finish(status); }

   private:
    Relay& relay_;
  };

  grpc::CallbackServerContext& context_;
  Budget::Share place_;
  const std::unique_ptr<grpc::ClientContext> call_ =
      grpc::ClientContext::FromCallbackServerContext(context_);
  Message message_;
  Reader upstream_{*this};
};
// [relay]

}  // namespace

grpc::ServerUnaryReactor* Upstream::Get(grpc::CallbackServerContext* context,
                                        const v1::GetRequest* request,
                                        v1::GetResponse* response) {
  return new GetReactor(*stub_, calls_, *context, *request, *response);
}

grpc::ServerWriteReactor<v1::ListResponse>* Upstream::List(
    grpc::CallbackServerContext* context, const v1::ListRequest* request) {
  auto* const relay = new Relay<v1::ListResponse>(*context, calls_);
  relay->Begin([&](grpc::ClientContext* call, auto* reactor) {
    stub_->async()->List(call, request, reactor);
  });
  return relay;
}

grpc::ServerWriteReactor<v1::WatchResponse>* Upstream::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest* request) {
  auto* const relay = new Relay<v1::WatchResponse>(*context, watches_);
  relay->Begin([&](grpc::ClientContext* call, auto* reactor) {
    stub_->async()->Watch(call, request, reactor);
  });
  return relay;
}

}  // namespace kv
