// Many watches at once: many_watchers ADDRESS WATCHERS CHANGES
//
// Prints "standing" once all watches are active. After a line on standard input
// it makes the changes, and prints "done" once each watcher has seen each of
// them once and in order. A mistake ends it with exit status 1.
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"

namespace {

using kv::v1::KeyValueService;

void Require(bool well, const std::string& what) {
  if (well) return;
  std::cerr << what << "\n";
  std::_Exit(1);  // from any thread
}

// Counts down, and waits for the end of it.
class Latch final {
 public:
  explicit Latch(int count) : count_(count) {}
  void CountDown() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) zero_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int count_;
};

// One watch, on the callback API: a thread for each would be measured, too.
class Watch final : public grpc::ClientReadReactor<kv::v1::WatchResponse> {
 public:
  Watch(KeyValueService::Stub& stub, std::int64_t last, Latch& standing,
        Latch& done)
      : last_(last), standing_(standing), done_(done) {
    stub.async()->Watch(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  void Cancel() { context_.TryCancel(); }

 private:
  void OnReadInitialMetadataDone(bool ok) override {
    Require(ok && context_.GetServerInitialMetadata().count("kv-revision") == 1,
            "a watch does not stand");
    standing_.CountDown();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    Require(response_.entry().revision() == ++revision_, "missed or twice");
    if (revision_ == last_) done_.CountDown();
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    Require(status.error_code() == grpc::CANCELLED, status.error_message());
    done_.CountDown();
  }

  const std::int64_t last_;
  Latch& standing_;
  Latch& done_;  // counted down by the last change, and by the end
  std::int64_t revision_ = 0;
  grpc::ClientContext context_;
  kv::v1::WatchRequest request_;
  kv::v1::WatchResponse response_;
};

}  // namespace

int main(int argc, char** argv) {
  Require(argc == 4, "many_watchers ADDRESS WATCHERS CHANGES");
  const int watchers = std::atoi(argv[2]);
  const int changes = std::atoi(argv[3]);
  const auto stub = KeyValueService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));

  Latch standing(watchers);
  Latch all_seen(watchers);
  std::vector<std::unique_ptr<Watch>> watches;
  watches.reserve(watchers);
  for (int i = 0; i < watchers; ++i) {
    watches.push_back(
        std::make_unique<Watch>(*stub, changes, standing, all_seen));
  }
  standing.Wait();
  std::cout << "standing" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  for (int i = 0; i < changes; ++i) {
    grpc::ClientContext context;
    kv::v1::PutRequest request;
    request.set_key("key");
    kv::v1::PutResponse response;
    Require(stub->Put(&context, request, &response).ok(), "Put");
  }
  all_seen.Wait();
  std::cout << "done" << std::endl;
  std::_Exit(0);  // the watches end with the process
}
