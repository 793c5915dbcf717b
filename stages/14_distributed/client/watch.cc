// The command watch: prints changes until it is stopped. It uses the callback
// API, which lets a program follow many streams without a thread for each.
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <optional>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "client/command.h"
#include "client/resume.h"
#include "client/text.h"

ABSL_FLAG(std::optional<std::int64_t>, after_revision, std::nullopt,
          "watch: begin with the changes after this revision; without it,"
          " with the next change");
ABSL_FLAG(std::string, resume, "",
          "watch: file that keeps the store and the last revision, to continue"
          " there instead of at --after_revision; created if it is absent; use"
          " one for each prefix");

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

// Returns the store and the revision that the headers of a watch name. A
// rejected call has none.
std::optional<Position> PositionIn(const grpc::ClientContext& context) {
  const auto& headers = context.GetServerInitialMetadata();
  const auto revision = headers.find("kv-revision");
  const auto store = headers.find("kv-store");
  Position position;
  if (revision == headers.end() ||
      !absl::SimpleAtoi(
          absl::string_view(revision->second.data(), revision->second.size()),
          &position.revision)) {
    return std::nullopt;
  }
  if (store != headers.end()) {
    position.store = std::string(store->second.data(), store->second.size());
  }
  return position;
}

// [resume]
// Continues where an earlier watch has stopped. A server that has another store
// then rejects the call. Returns false if the file can't be used.
bool Resume(const std::string& file, const Call& call,
            v1::WatchRequest& request) {
  const auto position = ReadPosition(file);
  if (!position.ok()) {
    call.input_error = std::string(position.status().message());
    return false;
  }
  if (position->has_value()) {
    request.set_after_revision((*position)->revision);
    call.context.AddMetadata("kv-store", (*position)->store);
  }
  return true;
}

// Remembers a change after it was printed. Without a file it does nothing.
void Keep(const std::string& file, const std::optional<Position>& position,
          const Call& call) {
  if (file.empty() || !position.has_value() || !std::cout) return;
  const absl::Status kept =
      position->store.empty()
          ? absl::FailedPreconditionError(
                "--resume needs a server that sends kv-store")
          : WritePosition(file, *position);
  if (kept.ok()) return;
  call.input_error = std::string(kept.message());
  call.context.TryCancel();
}
// [resume]

}  // namespace

// [watch]
grpc::Status Watch(const Call& call) {
  v1::WatchRequest request;
  request.set_prefix(call.words.empty() ? "" : call.words[0]);
  if (const auto after = absl::GetFlag(FLAGS_after_revision)) {
    request.set_after_revision(*after);
  }
  const std::string file = absl::GetFlag(FLAGS_resume);
  if (!file.empty() && !Resume(file, call, request)) return grpc::Status::OK;
  WatchReactor reactor(call.stub, call.context, request);

  reactor.WaitForHeaders();
  auto position = PositionIn(call.context);
  if (position.has_value()) {
    std::cout << "watching after revision " << position->revision << std::endl;
  }
  Keep(file, position, call);
  if (!std::cout) call.context.TryCancel();
  v1::WatchResponse response;
  while (reactor.Read(response)) {
    // Flush each line, because the next change may come an hour later.
    std::cout << Text(response) << std::endl;
    if (!std::cout) call.context.TryCancel();
    if (position.has_value()) position->revision = response.entry().revision();
    Keep(file, position, call);
  }
  return reactor.Finish();
}
// [watch]

}  // namespace kv
