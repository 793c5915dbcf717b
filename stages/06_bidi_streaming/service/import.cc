// Many requests, one response.
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/convert.h"
#include "service/service.h"

namespace kv {
namespace {

// What one import may hold in memory, as kv.proto documents.
constexpr std::int64_t kMaxEntries = 100'000;
constexpr std::size_t kMaxBytes = 64 << 20;
// Memory for an entry besides its key and value: a node of the map.
constexpr std::size_t kNodeBytes = 128;

}  // namespace

// [import]
grpc::Status KeyValueServiceImpl::Import(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportRequest>* reader,
    v1::ImportResponse* response) {
  Budget::Share share(import_budget_);
  // Collect everything here, and store it only at the end.
  std::map<std::string, std::string> entries;
  std::int64_t count = 0;
  std::size_t bytes = 0;
  v1::ImportRequest request;
  while (reader->Read(&request)) {
    ++count;
    grpc::Status bad = CheckKey(request.key());
    if (bad.ok()) bad = CheckValue(request.value());
    // You may return early: one of the client's next Writes fails.
    if (!bad.ok()) {
      return Invalid(absl::StrCat("entry ", count, ": ", bad.error_message()));
    }
    const std::size_t size = request.key().size() + request.value().size();
    bytes += size;
    if (count > kMaxEntries || bytes > kMaxBytes) {
      return {grpc::StatusCode::RESOURCE_EXHAUSTED,
              absl::StrCat("entry ", count, ": an import may hold at most ",
                           kMaxEntries, " entries and ", kMaxBytes, " bytes")};
    }
    if (!share.Take(size + kNodeBytes)) {
      return {grpc::StatusCode::RESOURCE_EXHAUSTED,
              absl::StrCat("entry ", count,
                           ": running imports use all the memory for "
                           "imports; try again later")};
    }
    entries.insert_or_assign(std::move(*request.mutable_key()),
                             std::move(*request.mutable_value()));
  }
  // Read returns false when the client has sent everything, but also when it is
  // gone or its deadline has passed. IsCancelled() may report a passed deadline
  // a little late.
  if (context->IsCancelled() ||
      std::chrono::system_clock::now() >= context->deadline()) {
    return grpc::Status::CANCELLED;
  }

  response->set_imported_count(count);
  response->set_revision(store_.Import(std::move(entries)));
  return grpc::Status::OK;
}
// [import]

}  // namespace kv
