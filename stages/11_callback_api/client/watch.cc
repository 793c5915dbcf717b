// The command watch: prints changes until it is stopped.
#include <cstdint>
#include <iostream>
#include <optional>

#include "absl/flags/flag.h"
#include "client/command.h"
#include "client/text.h"

ABSL_FLAG(std::optional<std::int64_t>, after_revision, std::nullopt,
          "watch: begin with the changes after this revision; without it,"
          " with the next change");

namespace kv {

// [watch]
grpc::Status Watch(const Call& call) {
  v1::WatchRequest request;
  request.set_prefix(call.words.empty() ? "" : call.words[0]);
  if (const auto after = absl::GetFlag(FLAGS_after_revision)) {
    request.set_after_revision(*after);
  }
  const auto reader = call.stub.Watch(&call.context, request);

  // The headers say that the watch is active. A rejected call has none.
  reader->WaitForInitialMetadata();
  const auto& headers = call.context.GetServerInitialMetadata();
  if (const auto at = headers.find("kv-revision"); at != headers.end()) {
    std::cout << "watching after revision " << at->second << std::endl;
  }
  if (!std::cout) call.context.TryCancel();
  v1::WatchResponse response;
  while (reader->Read(&response)) {
    // Flush each line, because the next change may come an hour later.
    std::cout << Text(response) << std::endl;
    if (!std::cout) call.context.TryCancel();
  }
  return reader->Finish();
}
// [watch]

}  // namespace kv
