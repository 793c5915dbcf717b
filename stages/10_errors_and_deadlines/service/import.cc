// Many requests, one response.
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "auth/require_user.h"
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

}  // namespace

// [import]
grpc::Status KeyValueServiceImpl::Import(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportRequest>* reader,
    v1::ImportResponse* response) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  Budget::Share share(import_budget_);
  // Collect everything here, and store it only at the end.
  std::map<std::string, std::string> entries;
  std::int64_t count = 0;
  std::size_t bytes = 0;
  v1::ImportRequest request;
  while (reader->Read(&request)) {
    ++count;
    google::rpc::BadRequest bad;
    CheckKey(request.key(), bad);
    CheckValue(request.value(), bad);
    // You may return early: one of the client's next Writes fails.
    if (!bad.field_violations().empty()) return Invalid(bad, count);

    const std::size_t size = request.key().size() + request.value().size();
    bytes += size;
    if (count > kMaxEntries || bytes > kMaxBytes) {
      return Exhausted(count,
                       absl::StrCat("an import may hold at most ", kMaxEntries,
                                    " entries and ", kMaxBytes, " bytes"),
                       {ErrorInfo("IMPORT_TOO_LARGE", {})});
    }
    if (!share.Take(size + kNodeBytes)) {
      return Exhausted(count,
                       "running imports use all the memory for imports; try "
                       "again later",
                       {ErrorInfo("IMPORTS_BUSY", {}), RetryInfo(kRetryDelay)});
    }
    entries.insert_or_assign(std::move(*request.mutable_key()),
                             std::move(*request.mutable_value()));
  }
  // The token may have been revoked since the first message.
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  // Read returns false when the client has sent everything, but also when the
  // call is over. The store then writes nothing.
  const auto revision =
      store_.Import(std::move(entries), Over(*context, /*waited=*/true));
  if (!revision.ok()) return ToGrpcStatus(revision.status());

  response->set_imported_count(count);
  response->set_revision(*revision);
  return grpc::Status::OK;
}
// [import]

}  // namespace kv
