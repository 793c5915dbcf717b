// The command list: prints entries until the stream ends.
#include <cstdint>
#include <iostream>

#include "absl/flags/flag.h"
#include "client/command.h"
#include "client/text.h"

ABSL_FLAG(std::int32_t, limit, 0, "list: maximum number of entries; 0: all");

namespace kv {

// [list]
grpc::Status List(const Call& call) {
  v1::ListRequest request;
  request.set_prefix(call.words.empty() ? "" : call.words[0]);
  request.set_limit(absl::GetFlag(FLAGS_limit));
  const auto reader = call.stub.List(&call.context, request);
  v1::ListResponse response;
  while (reader->Read(&response)) {
    for (const v1::Entry& entry : response.entries()) {
      std::cout << Text(entry) << "\n";
    }
    if (!std::cout) call.context.TryCancel();  // the output is lost anyway
  }
  return reader->Finish();  // says why the stream ended
}
// [list]

}  // namespace kv
