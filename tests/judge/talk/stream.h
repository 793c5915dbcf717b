// One call of any kind, in single steps: the question decides when to send and
// when to read.
//
//   judge::Stream<WatchRequest, WatchResponse> watch(channel, "Watch");
//   watch.Write(request);
//   watch.HalfClose();
//   while (const auto change = watch.Read()) ...
//   const std::optional<grpc::Status> end = watch.End();
//
// All four kinds of call look the same on the wire: the client sends messages
// and a half-close, the server sends messages and a status. So this class makes
// a bidirectional call, whatever the kind of the method.
#ifndef JUDGE_TALK_STREAM_H_
#define JUDGE_TALK_STREAM_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ask/flags.h"
#include "ask/text.h"

namespace judge {

/// One call. One thread may read while another one writes. Every step waits at
/// most for Patience(). The client does not read ahead: once the flow-control
/// window is full, the server has to wait for a Read().
template <class Request, class Response>
class Stream final : private grpc::ClientBidiReactor<Request, Response> {
 public:
  /// Starts a call of an rpc, for example Watch, or /other.Service/Method.
  Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& rpc,
         absl::Time deadline = absl::InfiniteFuture(),
         const Metadata& metadata = {})
      : stub_(channel) {
    for (const auto& [key, value] : metadata) context_.AddMetadata(key, value);
    if (deadline != absl::InfiniteFuture()) {
      context_.set_deadline(absl::ToChronoTime(deadline));
    }
    const bool whole = rpc.substr(0, 1) == "/";
    stub_.PrepareBidiStreamingCall(
        &context_, whole ? rpc : "/kv.v1.KeyValueService/" + rpc, {}, this);
    this->AddHold();  // reads and writes may still be started, until Release()
    this->StartCall();
  }

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Cancels the call if it still runs.
  ~Stream() override {
    Cancel();
    Release();
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return done_; });
  }

  /// Sends a message and waits until gRPC has accepted it. Returns false when
  /// the call is over, or when flow control blocks the message for too long.
  bool Write(const Request& request) {
    std::unique_lock lock(mutex_);
    const auto idle = [this] { return !writing_; };
    if (released_ || !Wait(lock, Patience(), idle)) return false;
    writing_ = true;
    request_ = request;
    lock.unlock();
    this->StartWrite(&request_);
    lock.lock();
    return Wait(lock, Patience(), idle) && write_ok_;
  }

  /// Ends the client's side of the stream.
  void HalfClose() {
    std::unique_lock lock(mutex_);
    if (released_ || !Wait(lock, Patience(), [this] { return !writing_; })) {
      return;
    }
    lock.unlock();
    this->StartWritesDone();
  }

  /// Waits for the server's initial metadata and returns the value of a key, or
  /// nullopt when the key is absent or no metadata has arrived in time.
  std::optional<std::string> Header(const std::string& key) {
    std::unique_lock lock(mutex_);
    if (!Wait(lock, Patience(), [this] { return headers_; })) return {};
    const auto& all = context_.GetServerInitialMetadata();
    const auto found = all.find(key);
    if (found == all.end()) return {};
    return std::string(found->second.data(), found->second.size());
  }

  /// Waits for the next message. Returns nullopt when there are no more, or
  /// when none has arrived in time.
  std::optional<Response> Read(absl::Duration patience = Patience()) {
    std::unique_lock lock(mutex_);
    if (released_ || read_ == Reading::kOver) return {};
    if (read_ == Reading::kIdle) {
      read_ = Reading::kWaits;
      lock.unlock();
      this->StartRead(&response_);
      lock.lock();
    }
    if (!Wait(lock, patience, [this] { return read_ != Reading::kWaits; }) ||
        read_ == Reading::kOver) {
      return {};
    }
    read_ = Reading::kIdle;
    return std::move(response_);
  }

  /// Discards the messages that are left and waits for the status. Returns
  /// nullopt if the call still runs.
  std::optional<grpc::Status> End() {
    const absl::Time until = absl::Now() + Patience();
    while (Read(until - absl::Now()).has_value() && absl::Now() < until) {
    }
    std::unique_lock lock(mutex_);
    if (read_ != Reading::kOver) {
      LosePatience();
      return {};
    }
    lock.unlock();
    Release();
    lock.lock();
    if (!Wait(lock, Patience(), [this] { return done_; })) return {};
    return status_;
  }

  /// Cancels the call. A correct server then ends it, too.
  void Cancel() { context_.TryCancel(); }

 private:
  enum class Reading { kIdle, kWaits, kThere, kOver };

  void OnReadInitialMetadataDone(bool /*ok*/) override {
    const std::lock_guard lock(mutex_);
    headers_ = true;
    news_.notify_all();
  }
  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    read_ = ok ? Reading::kThere : Reading::kOver;
    news_.notify_all();
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    write_ok_ = ok;
    news_.notify_all();
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    done_ = headers_ = true;
    status_ = status;
    news_.notify_all();
  }

  // Tells gRPC that no further read or write will be started.
  void Release() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(released_, true)) return;
    }
    this->RemoveHold();
  }

  template <class Condition>
  bool Wait(std::unique_lock<std::mutex>& lock, absl::Duration patience,
            Condition condition) {
    if (news_.wait_for(lock, absl::ToChronoNanoseconds(patience), condition)) {
      return true;
    }
    if (patience == Patience()) LosePatience();
    return false;
  }

  grpc::TemplatedGenericStub<Request, Response> stub_;
  grpc::ClientContext context_;
  std::mutex mutex_;  // guards all below: gRPC's threads run the reactions
  std::condition_variable news_;
  bool headers_ = false;
  Reading read_ = Reading::kIdle;
  Response response_;
  bool writing_ = false;
  bool write_ok_ = false;
  Request request_;
  bool released_ = false;
  bool done_ = false;
  grpc::Status status_;
};

}  // namespace judge

#endif  // JUDGE_TALK_STREAM_H_
