// A stream of responses that ends after the last entry.
#include <cstddef>

#include "auth/require_user.h"
#include "service/convert.h"
#include "service/error_details.h"
#include "service/service.h"

namespace kv {

// [list]
grpc::Status KeyValueServiceImpl::List(
    grpc::ServerContext* context, const v1::ListRequest* request,
    grpc::ServerWriter<v1::ListResponse>* writer) {
  if (grpc::Status bad = RequireUser(*context); !bad.ok()) return bad;
  google::rpc::BadRequest bad;
  CheckPrefix(request->prefix(), bad);
  if (request->limit() < 0) Add(bad, "limit", "must not be negative");
  if (!bad.field_violations().empty()) return Invalid(bad);

  const auto entries =
      store_.List(request->prefix(), request->limit(), Over(*context));
  if (!entries.ok()) return ToGrpcStatus(entries.status());

  // A message costs far more than an entry, so each holds many entries.
  constexpr std::size_t kMessageBytes = 32 << 10;
  v1::ListResponse response;
  std::size_t bytes = 0;
  for (const auto& entry : *entries) {
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
