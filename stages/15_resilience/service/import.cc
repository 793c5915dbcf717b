// Many requests, one response.
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/admit.h"
#include "service/convert.h"
#include "service/error_details.h"
#include "service/service.h"

namespace kv {
namespace {

// What one import may hold in memory, as kv.proto documents.
constexpr std::int64_t kMaxEntries = 100'000;
constexpr std::size_t kMaxBytes = 64 << 20;
// Memory for an entry besides its key and value: a node of the map.
constexpr std::size_t kNodeBytes = 128;

grpc::Status Exhausted(std::int64_t entry, const std::string& why,
                       const std::vector<google::protobuf::Any>& details) {
  return WithDetails(grpc::StatusCode::RESOURCE_EXHAUSTED,
                     absl::StrCat("entry ", entry, ": ", why), details);
}

// [import]
// Collects everything, and stores it only at the end.
class ImportReactor final : public grpc::ServerReadReactor<v1::ImportRequest> {
 public:
  ImportReactor(Store& store, Budget& calls, Budget& bytes,
                const grpc::CallbackServerContext& context,
                v1::ImportResponse& response)
      : store_(store),
        context_(context),
        response_(response),
        place_(calls),
        share_(bytes) {
    if (grpc::Status bad = AdmitStream(context, place_); !bad.ok()) {
      Finish(bad);
    } else {
      StartRead(&request_);
    }
  }

  // False means that the client has sent everything, or that the call is over.
  // In the second case the store writes nothing.
  void OnReadDone(bool ok) override {
    // You may finish early: one of the client's next writes fails.
    if (!ok) {
      StoreAll();
    } else if (grpc::Status bad = Add(); !bad.ok()) {
      Finish(bad);
    } else {
      StartRead(&request_);
    }
  }

  void OnDone() override { delete this; }

 private:
  grpc::Status Add();
  void StoreAll();

  Store& store_;
  const grpc::CallbackServerContext& context_;
  v1::ImportResponse& response_;
  Budget::Share place_;
  Budget::Share share_;
  v1::ImportRequest request_;  // must live until OnReadDone()
  std::map<std::string, std::string> entries_;
  std::int64_t count_ = 0;
  std::size_t bytes_ = 0;
};
// [import]

// Takes over the entry that was read.
grpc::Status ImportReactor::Add() {
  ++count_;
  google::rpc::BadRequest bad;
  CheckKey(request_.key(), bad);
  CheckValue(request_.value(), bad);
  if (!bad.field_violations().empty()) return Invalid(bad, count_);

  const std::size_t size = request_.key().size() + request_.value().size();
  bytes_ += size;
  if (count_ > kMaxEntries || bytes_ > kMaxBytes) {
    return Exhausted(count_,
                     absl::StrCat("an import may hold at most ", kMaxEntries,
                                  " entries and ", kMaxBytes, " bytes"),
                     {ErrorInfo("IMPORT_TOO_LARGE", {})});
  }
  if (!share_.Take(size + kNodeBytes)) {
    return Exhausted(count_,
                     "running imports use all the memory for imports; try "
                     "again later",
                     {ErrorInfo("IMPORTS_BUSY", {}), RetryInfo(kRetryDelay)});
  }
  entries_.insert_or_assign(std::move(*request_.mutable_key()),
                            std::move(*request_.mutable_value()));
  return grpc::Status::OK;
}

// [store]
// Finishes later. Until then no reaction uses the members: there is nothing
// more to read.
void ImportReactor::StoreAll() {
  // The token may have been revoked since the first message.
  if (grpc::Status bad = RequireUser(context_); !bad.ok()) return Finish(bad);
  // OnReadDone(false) may mean that the call was cancelled.
  store_.Import(std::move(entries_), Over(context_, /*waited=*/true),
                [this](const absl::StatusOr<std::int64_t>& revision) {
                  if (!revision.ok()) {
                    return Finish(ToGrpcStatus(revision.status()));
                  }
                  response_.set_imported_count(count_);
                  response_.set_revision(*revision);
                  Finish(grpc::Status::OK);
                });
}
// [store]

}  // namespace

grpc::ServerReadReactor<v1::ImportRequest>* KeyValueServiceImpl::Import(
    grpc::CallbackServerContext* context, v1::ImportResponse* response) {
  return new ImportReactor(store_, calls_, import_bytes_, *context, *response);
}

}  // namespace kv
