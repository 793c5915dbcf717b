#include "talk/recorder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ask/flags.h"

namespace judge {
namespace {

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

absl::Duration TimeLeft(std::chrono::system_clock::time_point deadline) {
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteDuration();
  }
  return absl::FromChrono(deadline) - absl::Now();
}

// The first DNS name in the client's certificate.
std::string Peer(const grpc::CallbackServerContext& context) {
  const auto names =
      context.auth_context()->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME);
  return names.empty() ? "" : std::string(names[0].data(), names[0].size());
}

}  // namespace

// Reads until the client half-closes, then answers step by step. It deletes
// itself in OnDone(), which gRPC calls last.
class Recorder::Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(Recorder& recorder, Answer answer, std::shared_ptr<Received> received)
      : recorder_(recorder),
        answer_(std::move(answer)),
        received_(std::move(received)) {
    // Otherwise gRPC sends it with the first message, which may never come.
    if (!answer_.metadata.empty()) StartSendInitialMetadata();
    StartRead(&buffer_);
  }

  // Ends the call if only the status of its answer is still to be sent.
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    if (holds_) End();
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    read_all_ = !ok;
    if (ok) received_->messages.push_back(Bytes(buffer_));
    buffer_.Clear();
    if (ok && answer_.each != nullptr) {
      Send(answer_.each(received_->messages.back()));
    } else if (ok && !answer_.early) {
      StartRead(&buffer_);
    } else {
      SendNext();
    }
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    answered_ = answered_ || (ok && read_all_);
    if (!ok) {
      End();
    } else if (answer_.each != nullptr && !read_all_) {
      StartRead(&buffer_);
    } else {
      SendNext();
    }
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (holds_) End();
  }

  void OnDone() override {
    // A read also fails when the call is cancelled. If an answer was sent, then
    // the client had half-closed before.
    received_->half_closed =
        read_all_ && (answer_.never || answered_ || !cancelled_);
    received_->cancelled = cancelled_;
    {
      const std::lock_guard lock(recorder_.mutex_);
      recorder_.open_.erase(this);
      if (recorder_.open_.empty()) recorder_.idle_.notify_all();
    }
    delete this;
  }

 private:
  // Call these with the lock held. That is safe although OnDone() deletes the
  // object: gRPC calls it only after every other reaction has returned.
  void Send(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    reply_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&reply_);
  }

  void SendNext() {
    if (sent_ < answer_.messages.size() && !cancelled_) {
      Send(answer_.messages[sent_++]);
    } else if (answer_.never && !cancelled_ && !released_) {
      holds_ = true;
    } else {
      End();
    }
  }

  void End() {
    if (!std::exchange(finished_, true)) Finish(answer_.status);
  }

  Recorder& recorder_;
  const Answer answer_;
  const std::shared_ptr<Received> received_;
  grpc::ByteBuffer buffer_;
  grpc::ByteBuffer reply_;
  std::mutex mutex_;  // OnCancel() may run concurrently with other reactions
  std::size_t sent_ = 0;
  bool read_all_ = false;
  bool answered_ = false;
  bool holds_ = false;
  bool released_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
};

Recorder::Recorder(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                   const std::string& address) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, credentials, &port);
  // Keeps the flow-control window at HTTP/2's default of 64 KiB.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
  if (server_ != nullptr) address_ = absl::StrCat("127.0.0.1:", port);
}

Recorder::~Recorder() {
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(absl::Now()));
}

void Recorder::AnswerInTurn(const std::vector<Answer>& answers) {
  const std::lock_guard lock(mutex_);
  answers_.assign(answers.begin(), answers.end());
}

void Recorder::AnswerHealth(const Answer& answer) {
  const std::lock_guard lock(mutex_);
  health_ = answer;
}

void Recorder::Release() {
  const std::lock_guard lock(mutex_);
  for (Call* const call : open_) call->Release();
}

void Recorder::WaitForCall(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  called_.wait_for(lock, absl::ToChronoMilliseconds(patience),
                   [this] { return !open_.empty(); });
}

std::vector<Received> Recorder::Take(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const auto idle = [this] { return open_.empty(); };
  if (!idle_.wait_for(lock, absl::ToChronoMilliseconds(patience), idle)) {
    LosePatience();
    return {};
  }
  std::vector<Received> taken;
  for (const auto& call : calls_) taken.push_back(*call);
  calls_.clear();
  return taken;
}

grpc::ServerGenericBidiReactor* Recorder::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  auto received = std::make_shared<Received>();
  received->method = context->method();
  received->at = absl::Now();
  received->time_left = TimeLeft(context->deadline());
  for (const auto& [key, value] : context->client_metadata()) {
    received->metadata.emplace(std::string(key.data(), key.size()),
                               std::string(value.data(), value.size()));
  }
  received->peer = Peer(*context);
  const std::lock_guard lock(mutex_);
  if (received->method == "/grpc.health.v1.Health/Watch") {
    return new Call(*this, health_, std::move(received));
  }
  Answer answer = answers_.front();
  if (answers_.size() > 1) answers_.pop_front();
  for (const auto& [key, value] : answer.metadata) {
    context->AddInitialMetadata(key, value);
  }
  calls_.push_back(received);
  auto* const call = new Call(*this, std::move(answer), std::move(received));
  open_.insert(call);
  called_.notify_all();
  return call;
}

}  // namespace judge
