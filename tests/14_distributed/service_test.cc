// The service on a log that others write to: calls that wait for an answer.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "fake_etcd.h"
#include "running.h"
#include "service/service.h"
#include "store/etcd_log.h"

namespace kv_test {
namespace {

using running::Context;
using std::chrono::milliseconds;

// A server whose next question to etcd waits until Answer().
class Waiting : public testing::Test {
 protected:
  Waiting() {
    etcd_->WaitUntilWatched();
    etcd_->before_question = [this] {
      if (holds_.exchange(false)) {
        asked_.set_value();
        go_.get_future().wait();
      }
    };
  }
  ~Waiting() override { store_->EndWatches(); }

  void Hold() { holds_ = true; }
  void WaitUntilAsked() { asked_.get_future().wait(); }
  void Answer() { go_.set_value(); }
  void Put(const std::string& key) const {
    Context context;
    kv::v1::PutRequest request;
    request.set_key(key);
    kv::v1::PutResponse response;
    EXPECT_TRUE(server_.stub->Put(&context, request, &response).ok());
  }

  std::unique_ptr<kv::Store> Open() {
    auto connection = std::make_unique<FakeEtcd>(cluster_);
    etcd_ = connection.get();
    return *kv::Store::Open(
        std::make_unique<kv::EtcdLog>(std::move(connection), "kv/"));
  }

  FakeCluster cluster_;
  FakeEtcd* etcd_ = nullptr;
  std::atomic<bool> holds_ = false;
  std::promise<void> asked_;
  std::promise<void> go_;
  std::unique_ptr<kv::Store> store_ = Open();
  kv::KeyValueServiceImpl service_{*store_};
  running::Running server_{service_};
};

// Otherwise the call would never end, because no change ever comes.
TEST_F(Waiting, AWatchThatIsCancelledMeanwhileEnds) {
  Hold();
  Context context;
  const auto stream = server_.stub->Watch(&context, {});
  WaitUntilAsked();
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  Put("k");  // on the same connection: the server has the cancellation now
  Answer();
  server_.server->Shutdown();
}

TEST_F(Waiting, AGetWhoseDeadlinePassesMeanwhileReadsNothing) {
  Hold();
  Context context(milliseconds(50));
  kv::v1::GetRequest request;
  request.set_key("k");
  kv::v1::GetResponse response;
  EXPECT_EQ(server_.stub->Get(&context, request, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  WaitUntilAsked();
  Answer();
}

TEST_F(Waiting, OthersDoNotWaitForAQuestionThatIsNotTheirs) {
  Hold();
  std::thread reader([&] {
    Context context;
    const auto stream = server_.stub->List(&context, {});
    kv::v1::ListResponse response;
    EXPECT_TRUE(stream->Read(&response));  // the Put was before the moment
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::OK);
  });
  WaitUntilAsked();
  Put("k");
  Answer();
  reader.join();
}

}  // namespace
}  // namespace kv_test
