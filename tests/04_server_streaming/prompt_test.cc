// However a watch ends, its handler returns within 100 ms: only then does the
// server's Shutdown(), which waits for handlers, return.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "kv/v1/kv.grpc.pb.h"
#include "service/service.h"
#include "store/store.h"

namespace prompt_test {

using Clock = std::chrono::steady_clock;
using kv::v1::KeyValueService;
using std::chrono::milliseconds;

constexpr milliseconds kPromptly(100);
constexpr milliseconds kDeadline(150);

// One server, one watch, one end.
class Ending final {
 public:
  explicit Ending(milliseconds deadline) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
    context_.set_deadline(std::chrono::system_clock::now() + deadline);
    context_.set_wait_for_ready(true);
    begun_ = Clock::now();
    reader_ = KeyValueService::NewStub(channel_)->Watch(&context_, {});
    reader_->WaitForInitialMetadata();
  }

  // The code of the client's status, and how long after `begin` the server had
  // nothing left to wait for.
  std::pair<grpc::StatusCode, Clock::duration> Over(Clock::time_point begin) {
    kv::v1::WatchResponse response;
    EXPECT_FALSE(reader_->Read(&response));
    const grpc::Status status = reader_->Finish();
    reader_.reset();
    channel_.reset();
    server_->Shutdown();
    return {status.error_code(), Clock::now() - begin};
  }

  grpc::ClientContext& context() { return context_; }
  kv::Store& store() { return store_; }
  Clock::time_point begun() const { return begun_; }

 private:
  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  Clock::time_point begun_;
  std::unique_ptr<grpc::ClientReader<kv::v1::WatchResponse>> reader_;
};

// The machine may be busy with something else, but hardly at every try.
void ExpectPromptly(
    grpc::StatusCode code,
    const std::function<std::pair<grpc::StatusCode, Clock::duration>()>& end) {
  Clock::duration best = Clock::duration::max();
  for (int i = 0; i < 20 && best > kPromptly; ++i) {
    const auto [status, took] = end();
    EXPECT_EQ(status, code);
    best = std::min(best, took);
  }
  EXPECT_LE(best, kPromptly);
}

TEST(Watch, IsOverPromptlyWhenTheClientCancels) {
  ExpectPromptly(grpc::CANCELLED, [] {
    Ending ending(std::chrono::minutes(1));
    const auto begin = Clock::now();
    ending.context().TryCancel();
    return ending.Over(begin);
  });
}

TEST(Watch, IsOverPromptlyWhenItsDeadlinePasses) {
  ExpectPromptly(grpc::DEADLINE_EXCEEDED, [] {
    Ending ending(kDeadline);
    return ending.Over(ending.begun() + kDeadline);
  });
}

TEST(Watch, IsOverPromptlyWhenTheServerStops) {
  ExpectPromptly(grpc::UNAVAILABLE, [] {
    Ending ending(std::chrono::minutes(1));
    const auto begin = Clock::now();
    ending.store().EndWatches();
    return ending.Over(begin);
  });
}

}  // namespace prompt_test
