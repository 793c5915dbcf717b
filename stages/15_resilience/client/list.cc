// The command list: prints entries until the stream ends.
#include <cstdint>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "client/command.h"
#include "client/retry.h"
#include "client/text.h"

ABSL_FLAG(std::int32_t, limit, 0, "list: maximum number of entries; 0: all");

namespace kv {
namespace {

void Print(const std::vector<v1::Entry>& entries) {
  for (const v1::Entry& entry : entries) std::cout << Text(entry) << "\n";
}

}  // namespace

// [list]
// A list is from one moment. So after an error it begins again, from a later
// one, and what has come before is of no use: it is printed only at the end,
// unless nothing is repeated.
grpc::Status List(const Call& call) {
  v1::ListRequest request;
  request.set_prefix(call.words.empty() ? "" : call.words[0]);
  request.set_limit(absl::GetFlag(FLAGS_limit));
  std::vector<v1::Entry> entries;
  const auto list = [&](grpc::ClientContext& context) {
    entries.clear();
    const auto reader = call.stub.List(&context, request);
    v1::ListResponse response;
    while (reader->Read(&response)) {
      entries.insert(entries.end(), response.entries().begin(),
                     response.entries().end());
      if (WantsRetry()) continue;
      Print(std::exchange(entries, {}));
      if (!std::cout) context.TryCancel();  // the output is lost anyway
    }
    return reader->Finish();  // says why the stream ended
  };
  grpc::Status status = Retry(call, Repeat::kAlways, Limit::kHalf, list).status;
  if (status.ok()) Print(entries);
  return status;
}
// [list]

}  // namespace kv
