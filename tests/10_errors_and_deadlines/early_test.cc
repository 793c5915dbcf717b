// A thousand calls that are cancelled, or have a deadline of 1 ms, leave
// nothing behind: neither a thread nor memory.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <future>
#include <iterator>
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
        return Unary<kv::v1::GetRequest, kv::v1::GetResponse>(
            &KeyValueService::Stub::async_interface::Get);
      case 1:
        return Unary<kv::v1::PutRequest, kv::v1::PutResponse>(
            &KeyValueService::Stub::async_interface::Put);
      case 2:
        return Unary<kv::v1::DeleteRequest, kv::v1::DeleteResponse>(
            &KeyValueService::Stub::async_interface::Delete);
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
  void Unary(void (KeyValueService::Stub::async_interface::*rpc)(
      grpc::ClientContext*, const Request*, Response*,
      std::function<void(grpc::Status)>)) {
    Request request;
    request.set_key("a");
    Response response;
    std::promise<void> ended;
    (stub_.async()->*rpc)(&context_, &request, &response,
                          [&](const grpc::Status&) { ended.set_value(); });
    if (cancels_) context_.TryCancel();
    ended.get_future().wait();
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
  // Always 0 with a sanitizer, which has its own malloc().
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
    return now.threads < 1.5 * before.threads &&
           now.bytes <= 1.5 * before.bytes;
  };
  const Clock::time_point until = Clock::now() + seconds(20);
  while (!returned() && Clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  const Has after;
  EXPECT_LT(after.threads, 1.5 * before.threads);
  EXPECT_LE(after.bytes, 1.5 * before.bytes);
  store.EndWatches();  // or a failure would hang
}

}  // namespace early_test
