// A watch, for a thread that waits for each change. It uses the callback API,
// which lets a program follow many streams without a thread for each.
#ifndef CLIENT_WATCH_REACTOR_H_
#define CLIENT_WATCH_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "kv/v1/kv.grpc.pb.h"

namespace kv {

// [reactor]
/// A call whose reactions gRPC's threads run, while our thread waits for them.
class WatchReactor final : public grpc::ClientReadReactor<v1::WatchResponse> {
 public:
  /// Starts the call. The context and the request must outlive it.
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

 private:
  // Reactions run on gRPC's threads and must not block, so they do not print.
  void OnReadInitialMetadataDone(bool /*ok*/) override { Set(headers_, true); }
  void OnReadDone(bool ok) override { Set(read_, ok); }
  void OnDone(const grpc::Status& status) override { Set(status_, status); }

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

}  // namespace kv

#endif  // CLIENT_WATCH_REACTOR_H_
