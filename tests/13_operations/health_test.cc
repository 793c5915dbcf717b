// What health says while the disk fails, and what the metrics count.
#include "server/health.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "broken_disk.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "running.h"
#include "server/metrics.h"
#include "server/watched_log.h"
#include "service/service.h"
#include "store/sqlite_log.h"

namespace operations_test {

using grpc::health::v1::HealthCheckResponse;
using persistence_test::TheDisk;
using running::Context;
using running::Running;

// A server whose disk can fail.
class OnDisk : public testing::Test {
 protected:
  OnDisk() { health_.Start(*server_.server); }
  ~OnDisk() override {
    health_.Drain();
    TheDisk().full_after = -1;
    TheDisk().sync_fails = false;
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<kv::Store> Open() {
    auto log = kv::SqliteLog::Open(folder_);
    return *kv::Store::Open(
        std::make_unique<kv::WatchedLog>(*std::move(log), metrics_, health_));
  }

  grpc::Status Put() {
    Context context;
    kv::v1::PutRequest request;
    request.set_key("a");
    kv::v1::PutResponse response;
    return server_.stub->Put(&context, request, &response);
  }

  void Probe() {
    store_->Probe();
    std::promise<void> done;
    store_->GetInTurn("", nullptr, [&done](const absl::StatusOr<kv::Entry>&) {
      done.set_value();
    });
    done.get_future().wait();
  }

  // What it says of a service, or of the whole server.
  HealthCheckResponse::ServingStatus Says(const std::string& service = "") {
    Context context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const auto stub = grpc::health::v1::Health::NewStub(server_.channel);
    const grpc::Status status = stub->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  const std::string folder_ = [] {
    std::string name = testing::TempDir() + "/kvXXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  kv::Metrics metrics_;
  kv::ServerHealth health_;
  const std::unique_ptr<kv::Store> store_ = Open();
  kv::KeyValueServiceImpl service_{*store_};
  const Running server_{service_};
};

TEST_F(OnDisk, AFullDiskIsNotServingUntilItIsWritten) {
  EXPECT_EQ(Says(), HealthCheckResponse::SERVING);
  EXPECT_EQ(Says("kv.v1.KeyValueService"), HealthCheckResponse::SERVING);
  TheDisk().full_after = 0;
  EXPECT_EQ(Put().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Says(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Says("kv.v1.KeyValueService"), HealthCheckResponse::NOT_SERVING);
  EXPECT_TRUE(health_.writes_fail());

  // No client writes: a balancer sends none.
  Probe();
  EXPECT_TRUE(health_.writes_fail());
  TheDisk().full_after = -1;
  Probe();
  EXPECT_EQ(Says(), HealthCheckResponse::SERVING);
  EXPECT_EQ(store_->figures().revision, 0);
  EXPECT_TRUE(Put().ok());
  EXPECT_EQ(store_->figures().revision, 1);
}

// After a failed commit nobody knows what the disk has. See SqliteLog.
TEST_F(OnDisk, AFailedCommitIsNotServingForever) {
  ASSERT_TRUE(Put().ok());
  TheDisk().sync_fails = true;
  EXPECT_EQ(Put().error_code(), grpc::StatusCode::UNAVAILABLE);
  TheDisk().sync_fails = false;
  store_->Probe();
  EXPECT_EQ(Put().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Says(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(OnDisk, AfterDrainNothingIsServing) {
  health_.Drain();
  EXPECT_EQ(Says(), HealthCheckResponse::NOT_SERVING);
  EXPECT_TRUE(Put().ok());  // calls are still served
  EXPECT_EQ(Says(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(OnDisk, FiguresFollowTheEntries) {
  const auto figures = [this] {
    const kv::Figures now = store_->figures();
    return std::vector<std::size_t>{now.entries, now.bytes};
  };
  const auto written = [](const absl::StatusOr<std::int64_t>&) {};
  store_->Put("ab", "123", std::nullopt, nullptr, written);
  store_->Put("cd", "1", std::nullopt, nullptr, written);
  ASSERT_TRUE(Put().ok());  // "a", without a value
  EXPECT_EQ(figures(), (std::vector<std::size_t>{3, 9}));
  store_->Put("ab", "1", std::nullopt, nullptr, written);
  store_->Delete("cd", nullptr, [](const absl::StatusOr<kv::Deletion>&) {});
  ASSERT_TRUE(Put().ok());
  EXPECT_EQ(figures(), (std::vector<std::size_t>{2, 4}));
}

}  // namespace operations_test
