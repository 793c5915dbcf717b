// A stream of responses that ends after the last entry.
#include <cstddef>
#include <memory>
#include <vector>

#include "service/admit.h"
#include "service/convert.h"
#include "service/error_details.h"
#include "service/service.h"

namespace kv {
namespace {

grpc::Status Check(const v1::ListRequest& request) {
  google::rpc::BadRequest bad;
  CheckPrefix(request.prefix(), bad);
  if (request.limit() < 0) Add(bad, "limit", "must not be negative");
  return bad.field_violations().empty() ? grpc::Status::OK : Invalid(bad);
}

// [list]
// Writes one message after another. At most one write is in flight, so no two
// reactions run concurrently, and it needs no lock.
class ListReactor final : public grpc::ServerWriteReactor<v1::ListResponse> {
 public:
  // The request lives as long as the call.
  ListReactor(const Store& store, Reads reads, Budget& calls,
              const grpc::CallbackServerContext& context,
              const v1::ListRequest& request)
      : place_(calls) {
    grpc::Status bad = AdmitStream(context, place_);
    if (bad.ok()) bad = Check(request);
    if (!bad.ok()) {
      Finish(bad);
      return;
    }
    store.WhenCurrent(reads, [&, this](const absl::Status& current) {
      if (!current.ok()) return Finish(ToGrpcStatus(current));
      auto entries = store.List(request.prefix(), request.limit(),
                                Over(context, /*waited=*/store.shared()));
      if (!entries.ok()) return Finish(ToGrpcStatus(entries.status()));
      entries_ = *std::move(entries);
      WriteNext();
    });
  }

  // False means that the call is over: nobody reads the rest.
  void OnWriteDone(bool ok) override {
    if (ok) {
      WriteNext();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  // gRPC calls nothing after this, so only here the reactor may be deleted.
  void OnDone() override { delete this; }

 private:
  // Starts a write, or finishes. Nothing may follow a StartWrite(): another
  // thread may already run OnWriteDone().
  void WriteNext() {
    // A message costs far more than an entry, so each holds many entries.
    constexpr std::size_t kMessageBytes = 32 << 10;
    response_.Clear();
    std::size_t bytes = 0;
    while (next_ < entries_.size() && bytes < kMessageBytes) {
      const Entry& entry = *entries_[next_++];
      *response_.add_entries() = ToMessage(entry);
      bytes += entry.key.size() + entry.value.size();
    }
    if (response_.entries().empty()) {
      Finish(grpc::Status::OK);
    } else {
      StartWrite(&response_);
    }
  }

  Budget::Share place_;
  std::vector<std::shared_ptr<const Entry>> entries_;
  std::size_t next_ = 0;
  v1::ListResponse response_;  // must live until OnWriteDone()
};
// [list]

}  // namespace

grpc::ServerWriteReactor<v1::ListResponse>* KeyValueServiceImpl::List(
    grpc::CallbackServerContext* context, const v1::ListRequest* request) {
  return new ListReactor(store_, reads_, calls_, *context, *request);
}

}  // namespace kv
