// What --retry promises: each write is done once, whatever becomes of the
// answers.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "base/stop_signal.h"
#include "client/cancel_on_signal.h"
#include "client/command.h"
#include "client/retry.h"
#include "running.h"
#include "service/error_details.h"
#include "service/service.h"
#include "store/store.h"

ABSL_DECLARE_FLAG(bool, retry);
ABSL_DECLARE_FLAG(absl::Duration, attempt_timeout);
ABSL_DECLARE_FLAG(std::optional<std::int64_t>, expected_revision);

namespace retry_test {

using grpc::StatusCode;
using running::Clock;
using running::Context;
using std::chrono::milliseconds;

// What happens to one Put, besides that it may be done.
enum class Fault { kNone, kLost, kRejected, kDropped, kDelayed };

// A service on which the answer to half of the Puts is lost, some after the Put
// was done and some before.
class Faulty final : public kv::v1::KeyValueService::Service {
 public:
  explicit Faulty(kv::KeyValueServiceImpl& service) : service_(service) {}

  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override {
    const Fault fault = Next();
    if (fault == Fault::kDropped) return {StatusCode::UNAVAILABLE, "dropped"};
    if (fault == Fault::kRejected) {
      return kv::WithDetails(StatusCode::UNAVAILABLE, "not now",
                             {kv::RetryInfo(absl::Milliseconds(1))});
    }
    grpc::Status status = service_.Put(context, request, response);
    if (fault == Fault::kLost) return {StatusCode::UNAVAILABLE, "lost"};
    while (fault == Fault::kDelayed && !context->IsCancelled()) {
      std::this_thread::sleep_for(milliseconds(1));  // longer than the attempt
    }
    return status;
  }
  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override {
    return service_.Get(context, request, response);
  }

  // What happens to the first Puts, instead of anything random. The server is
  // running already, hence the lock.
  void Begin(std::vector<Fault> faults) {
    const std::lock_guard lock(mutex_);
    first_ = std::move(faults);
  }

  std::atomic<int> puts = 0;

 private:
  Fault Next() {
    const std::lock_guard lock(mutex_);
    if (static_cast<std::size_t>(++puts) <= first_.size())
      return first_[puts - 1];
    if (!first_.empty() || random_() % 2 == 0) return Fault::kNone;
    return static_cast<Fault>(1 + random_() % 4);
  }

  kv::KeyValueServiceImpl& service_;
  std::mutex mutex_;
  std::vector<Fault> first_;
  std::mt19937 random_;
};

class Retry : public testing::Test {
 protected:
  Retry() {
    absl::SetFlag(&FLAGS_retry, true);
    absl::SetFlag(&FLAGS_attempt_timeout, absl::Milliseconds(200));
    absl::SetFlag(&FLAGS_expected_revision, 0);
    std::cout.setstate(std::ios::badbit);  // kv::Put() prints the revision
  }
  ~Retry() override {
    std::cout.clear();
    absl::SetFlag(&FLAGS_retry, false);
    absl::SetFlag(&FLAGS_expected_revision, std::nullopt);
  }

  grpc::Status Put(const std::string& key, const std::string& value,
                   milliseconds time = std::chrono::seconds(60)) {
    Context context(time);
    kv::CancelOnSignal cancel(stop);
    std::string input_error;
    const auto prepare = [](grpc::ClientContext& /*each*/) {};
    return kv::Put({*server.stub,
                    context,
                    {key, value},
                    cancel.cancelled(),
                    input_error,
                    prepare,
                    cancel});
  }

  const kv::StopSignal stop;
  kv::Store store;
  kv::KeyValueServiceImpl service{store};
  Faulty faulty{service};
  running::Running server{faulty};
};

// [thousand]
TEST_F(Retry, OfAThousandPutsWritesEachOnce) {
  constexpr int kThreads = 20;
  constexpr int kPuts = 50;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < kPuts; ++j) {
        const std::string name = std::to_string(i * kPuts + j);
        EXPECT_TRUE(Put("key " + name, "value " + name).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(faulty.puts, kThreads * kPuts);
  EXPECT_EQ(store.List("", 0)->size(), kThreads * kPuts);
  const auto last = store.Put("last", "");
  EXPECT_EQ(*last, kThreads * kPuts + 1) << "one revision for each";
}
// [thousand]

TEST_F(Retry, KnowsItsOwnWrite) {
  faulty.Begin({Fault::kLost});
  EXPECT_TRUE(Put("a", "mine").ok());
  EXPECT_EQ(faulty.puts, 2);
}

TEST_F(Retry, KnowsAnothersWrite) {
  ASSERT_TRUE(store.Put("a", "another's").ok());
  faulty.Begin({Fault::kLost});
  EXPECT_EQ(Put("a", "mine").error_code(), StatusCode::FAILED_PRECONDITION);
}

TEST_F(Retry, OfAnErrorThatIsFinalIsNotDone) {
  ASSERT_TRUE(store.Put("a", "another's").ok());
  faulty.Begin({Fault::kNone});
  EXPECT_EQ(Put("a", "mine").error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Put("", "mine").error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(faulty.puts, 2);
}

TEST_F(Retry, WithoutAConditionIsOnlyDoneAfterAPromise) {
  absl::SetFlag(&FLAGS_expected_revision, std::nullopt);
  faulty.Begin({Fault::kRejected, Fault::kLost});
  const grpc::Status status = Put("a", "mine");
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(),
            "lost (not tried again: the server may have done it)");
  EXPECT_EQ(faulty.puts, 2);
}

TEST_F(Retry, EndsAtTheDeadlineOfAll) {
  faulty.Begin(std::vector<Fault>(1000, Fault::kDropped));
  const Clock::time_point before = Clock::now();
  const grpc::Status status = Put("a", "mine", std::chrono::seconds(1));
  // The last attempt may be the one that has too little time left.
  EXPECT_TRUE(status.error_code() == StatusCode::UNAVAILABLE ||
              status.error_code() == StatusCode::DEADLINE_EXCEEDED);
  EXPECT_NE(status.error_message().find("(attempts: "), std::string::npos);
  EXPECT_GT(faulty.puts, 1);
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(20));
}

TEST_F(Retry, WaitsAsLongAsTheServerAsks) {
  faulty.Begin({Fault::kRejected});
  EXPECT_TRUE(Put("a", "mine").ok());
}

TEST(Backoff, GrowsAndStopsGrowing) {
  kv::Backoff backoff;
  absl::Duration longest = absl::ZeroDuration();
  for (int i = 0; i < 4; ++i) {
    EXPECT_LT(backoff.Next(), absl::Milliseconds(400));
  }
  for (int i = 0; i < 200; ++i) longest = std::max(longest, backoff.Next());
  EXPECT_GT(longest, absl::Milliseconds(500));
  EXPECT_LE(longest, absl::Seconds(1));
}

}  // namespace retry_test
