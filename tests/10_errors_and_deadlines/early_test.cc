// A thousand calls that are cancelled, or have a deadline of 1 ms, leave
// nothing behind: neither a thread nor memory.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>

#include "running.h"
#include "service/service.h"
#include "service/upstream.h"
#include "store/store.h"

namespace early_test {

using kv::v1::KeyValueService;
using running::Clock;
using running::Context;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kKinds = 7;
constexpr int kWarmUp = 4;  // rounds of all kinds, to each server, in each way
constexpr int kRounds = 36;

// One call, which ends early: it is cancelled, or its deadline passes.
class Early final {
 public:
  Early(KeyValueService::Stub& stub, bool cancels)
      : stub_(stub),
        cancels_(cancels),
        context_(cancels ? milliseconds(seconds(30)) : milliseconds(1)) {}

  void Make(int kind) {
    switch (kind % kKinds) {
      case 0:
        return Unary(&KeyValueService::Stub::AsyncGet);
      case 1:
        return Unary(&KeyValueService::Stub::AsyncPut);
      case 2:
        return Unary(&KeyValueService::Stub::AsyncDelete);
      case 3:
        return End(*stub_.List(&context_, {}));
      case 4: {
        kv::v1::WatchRequest request;
        request.set_prefix("never written");
        return End(*stub_.Watch(&context_, request));
      }
      case 5: {
        kv::v1::ImportResponse response;
        return End(*stub_.Import(&context_, &response));
      }
      default:
        return End(*stub_.Pipeline(&context_));
    }
  }

 private:
  template <class Request, class Response>
  void Unary(std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (
      KeyValueService::Stub::*rpc)(grpc::ClientContext*, const Request&,
                                   grpc::CompletionQueue*)) {
    Request request;
    request.set_key("a");
    Response response;
    grpc::Status status;
    grpc::CompletionQueue queue;
    const auto reader = (stub_.*rpc)(&context_, request, &queue);
    reader->Finish(&response, &status, nullptr);
    if (cancels_) context_.TryCancel();
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
  }

  template <class Stream>
  void End(Stream& stream) {
    if (cancels_) context_.TryCancel();
    stream.Finish();
  }

  KeyValueService::Stub& stub_;
  const bool cancels_;
  Context context_;
};

// What this process has, server and client.
struct Has {
  std::ptrdiff_t threads =
      std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  // Says nothing with a sanitizer, which has its own malloc().
  std::size_t bytes = mallinfo2().uordblks;
};

TEST(Early, CallsLeaveNothingBehind) {
  kv::Store store(/*max_changes=*/1);
  kv::KeyValueServiceImpl service(store);
  const running::Running end(service);
  kv::Upstream hop(end.channel);
  const running::Running middle(hop);
  const auto make = [&](int rounds) {
    for (int i = 0; i < rounds * kKinds; ++i) {
      for (const running::Running* server : {&end, &middle}) {
        Early(*server->stub, true).Make(i);
        Early(*server->stub, false).Make(i);
      }
    }
  };
  make(kWarmUp);  // so that threads and buffers which stay are there
  const Has before;
  make(kRounds);
  // There is no event for it: handlers end a little after their calls, and each
  // thread keeps some of the memory that it has freed.
  const auto returned = [&] {
    const Has now;
    return 2 * now.threads < 3 * before.threads &&
           2 * now.bytes <= 3 * before.bytes;
  };
  const Clock::time_point until = Clock::now() + seconds(20);
  while (!returned() && Clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  const Has after;
  EXPECT_LT(2 * after.threads, 3 * before.threads);
  EXPECT_LE(2 * after.bytes, 3 * before.bytes);
  store.EndWatches();  // or a failure would hang
}

}  // namespace early_test
