// A stream of responses that ends after the last entry.
#include <cstddef>

#include "service/convert.h"
#include "service/service.h"

namespace kv {

// [list]
grpc::Status KeyValueServiceImpl::List(
    grpc::ServerContext* /*context*/, const v1::ListRequest* request,
    grpc::ServerWriter<v1::ListResponse>* writer) {
  if (grpc::Status bad = CheckPrefix(request->prefix()); !bad.ok()) return bad;
  if (request->limit() < 0) return Invalid("limit: must not be negative");

  // A message costs far more than an entry, so each holds many entries.
  constexpr std::size_t kMessageBytes = 32 << 10;
  v1::ListResponse response;
  std::size_t bytes = 0;
  for (const auto& entry : store_.List(request->prefix(), request->limit())) {
    *response.add_entries() = ToMessage(*entry);
    bytes += entry->key.size() + entry->value.size();
    if (bytes < kMessageBytes) continue;
    // Write returns false when the call is over: nobody reads the rest.
    if (!writer->Write(response)) return grpc::Status::CANCELLED;
    response.Clear();
    bytes = 0;
  }
  if (response.entries().empty() || writer->Write(response)) {
    return grpc::Status::OK;
  }
  return grpc::Status::CANCELLED;
}
// [list]

}  // namespace kv
