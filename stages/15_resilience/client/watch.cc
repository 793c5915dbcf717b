// The command watch: prints changes until it is stopped, from whichever server
// is there.
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "client/command.h"
#include "client/resume.h"
#include "client/retry.h"
#include "client/text.h"
#include "client/watch_reactor.h"

ABSL_FLAG(std::optional<std::int64_t>, after_revision, std::nullopt,
          "watch: begin with the changes after this revision; without it,"
          " with the next change");
ABSL_FLAG(std::string, resume, "",
          "watch: file that keeps the store and the last revision, to continue"
          " there instead of at --after_revision; created if it is absent; use"
          " one for each prefix");

namespace kv {
namespace {

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

// What a watch remembers, so that it can go on where it broke.
class ResumableWatch final {
 public:
  explicit ResumableWatch(const Call& call)
      : call_(call), file_(absl::GetFlag(FLAGS_resume)) {
    request_.set_prefix(call.words.empty() ? "" : call.words[0]);
    if (const auto after = absl::GetFlag(FLAGS_after_revision)) {
      request_.set_after_revision(*after);
    }
  }

  // Continues where an earlier watch has stopped. Returns false if the file
  // can't be used.
  bool Resume();

  // Makes one call, and prints its changes until it ends.
  grpc::Status Follow(grpc::ClientContext& context);

 private:
  void Began(grpc::ClientContext& context);
  void Keep(grpc::ClientContext& context);

  const Call& call_;
  const std::string file_;
  v1::WatchRequest request_;
  std::optional<Position> position_;  // the last change that was printed
  bool begun_ = false;                // whether a call was accepted
  grpc::Status broke_;                // why it broke; OK while it runs
};

// [resume]
bool ResumableWatch::Resume() {
  if (file_.empty()) return true;
  auto position = ReadPosition(file_);
  if (!position.ok()) {
    call_.input_error = std::string(position.status().message());
    return false;
  }
  position_ = *std::move(position);
  return true;
}

// Remembers a change after it was printed. Without a file it does nothing.
void ResumableWatch::Keep(grpc::ClientContext& context) {
  if (file_.empty() || !std::cout) return;
  const absl::Status kept =
      position_->store.empty()
          ? absl::FailedPreconditionError(
                "--resume needs a server that sends kv-store")
          : WritePosition(file_, *position_);
  if (kept.ok()) return;
  call_.input_error = std::string(kept.message());
  context.TryCancel();
}
// [resume]

// [began]
void ResumableWatch::Began(grpc::ClientContext& context) {
  const auto begin = PositionIn(context);
  if (!begin.has_value()) return;  // the server has rejected the call
  position_ = begin;
  if (!begun_) {
    std::cout << "watching after revision " << begin->revision << std::endl;
  } else {
    std::cerr << "the watch broke (" << Text(broke_)
              << ") and goes on after revision " << begin->revision << "\n";
  }
  begun_ = true;
  broke_ = grpc::Status::OK;
  Keep(context);
}
// [began]

// [follow]
grpc::Status ResumableWatch::Follow(grpc::ClientContext& context) {
  if (position_.has_value()) {
    request_.set_after_revision(position_->revision);
    // A server that has another store then rejects the call.
    if (!position_->store.empty()) {
      context.AddMetadata("kv-store", position_->store);
    }
  }
  WatchReactor reactor(call_.stub, context, request_);
  reactor.WaitForHeaders();
  Began(context);
  v1::WatchResponse response;
  if (!std::cout) context.TryCancel();
  while (reactor.Read(response)) {
    // Flush each line, because the next change may come an hour later.
    std::cout << Text(response) << std::endl;
    if (!std::cout) context.TryCancel();
    if (!position_.has_value()) position_.emplace();
    position_->revision = response.entry().revision();
    Keep(context);
  }
  grpc::Status status = reactor.Finish();
  if (broke_.ok()) broke_ = status;
  const bool useless = !std::cout || !call_.input_error.empty();
  return useless ? grpc::Status::OK : status;  // OK: it does not begin again
}
// [follow]

}  // namespace

// [watch]
grpc::Status Watch(const Call& call) {
  ResumableWatch watch(call);
  if (!watch.Resume()) return grpc::Status::OK;
  return Retry(call, Repeat::kAlways, Limit::kDeadline,
               [&watch](grpc::ClientContext& context) {
                 return watch.Follow(context);
               })
      .status;
}
// [watch]

}  // namespace kv
