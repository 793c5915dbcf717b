// The command watch: prints changes until it is stopped. It uses the callback
// API, which lets a program follow many streams without a thread for each.
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <optional>

#include "absl/flags/flag.h"
#include "client/command.h"
#include "client/text.h"

ABSL_FLAG(std::optional<std::int64_t>, after_revision, std::nullopt,
          "watch: begin with the changes after this revision; without it,"
          " with the next change");

namespace kv {
namespace {

// [reactor]
// A call whose reactions gRPC's threads run, while our thread waits for them.
class WatchReactor final : public grpc::ClientReadReactor<v1::WatchResponse> {
 public:
  WatchReactor(v1::KeyValueService::Stub& stub, grpc::ClientContext& context,
               const v1::WatchRequest& request) {
    stub.async()->Watch(&context, &request, this);
    // The hold says that a thread outside of the reactions will start reads.
    // Without it, gRPC may call OnDone() before that.
    AddHold();
    StartCall();
  }

  /// Waits for the server's headers, or for the end of the call.
  void WaitForHeaders() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return headers_; });
  }

  /// Waits for the next response. Returns false when there is none.
  bool Read(v1::WatchResponse& response) {
    StartRead(&response);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return read_.has_value(); });
    const bool read = *read_;
    read_.reset();
    return read;
  }

  /// Waits for the end of the call. No Read() may follow.
  grpc::Status Finish() {
    RemoveHold();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return status_.has_value(); });
    return *status_;
  }

  // Reactions run on gRPC's threads and must not block, so they do not print.
  void OnReadInitialMetadataDone(bool /*ok*/) override { Set(headers_, true); }
  void OnReadDone(bool ok) override { Set(read_, ok); }
  void OnDone(const grpc::Status& status) override { Set(status_, status); }

 private:
  template <class Member, class Value>
  void Set(Member& member, const Value& value) {
    const std::lock_guard lock(mutex_);
    member = value;
    changed_.notify_one();  // under the lock: after it, *this may be gone
  }

  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  bool headers_ = false;
  std::optional<bool> read_;
  std::optional<grpc::Status> status_;
};
// [reactor]

}  // namespace

// [watch]
grpc::Status Watch(const Call& call) {
  v1::WatchRequest request;
  request.set_prefix(call.words.empty() ? "" : call.words[0]);
  if (const auto after = absl::GetFlag(FLAGS_after_revision)) {
    request.set_after_revision(*after);
  }
  WatchReactor reactor(call.stub, call.context, request);

  // The headers say that the watch is active. A rejected call has none.
  reactor.WaitForHeaders();
  const auto& headers = call.context.GetServerInitialMetadata();
  if (const auto at = headers.find("kv-revision"); at != headers.end()) {
    std::cout << "watching after revision " << at->second << std::endl;
  }
  if (!std::cout) call.context.TryCancel();
  v1::WatchResponse response;
  while (reactor.Read(response)) {
    // Flush each line, because the next change may come an hour later.
    std::cout << Text(response) << std::endl;
    if (!std::cout) call.context.TryCancel();
  }
  return reactor.Finish();
}
// [watch]

}  // namespace kv
