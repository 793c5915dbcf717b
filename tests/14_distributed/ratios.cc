// What a call to the store costs beside the same call to the etcd below it, in
// one run on the same cluster. It asks the members of etcd in turn.
//
//   ratios ETCD,ETCD,... SERVER SECONDS
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "etcdserverpb/rpc.grpc.pb.h"
#include "kv/v1/kv.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;
using Done = std::function<void(const grpc::Status&)>;
// Begins a call with that number, and calls the function when it has ended.
using Call = std::function<void(int, Done)>;

std::string Key(int number) { return "k" + std::to_string(number % 1000); }

// A context, request and response that live until the call has ended.
template <class Request, class Response>
struct Running {
  grpc::ClientContext context;
  Request request;
  Response response;
};

template <class Request, class Response, class Method>
void Start(std::shared_ptr<Running<Request, Response>> call, Method method,
           const Done& done) {
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::seconds(10));
  method(&call->context, &call->request, &call->response,
         [call, done](const grpc::Status& status) { done(status); });
}

// Keeps so many calls in flight, so long. Returns how long each one took.
std::vector<double> Load(const Call& call, int in_flight,
                         std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable ended;
  std::vector<double> seconds;
  int running = in_flight;
  int failed = 0;
  std::atomic<int> number = 0;
  const auto until = Clock::now() + time;
  std::function<void()> next = [&] {
    const auto begun = Clock::now();
    call(number++, [&, begun](const grpc::Status& status) {
      const auto now = Clock::now();
      {
        const std::lock_guard lock(mutex);
        seconds.push_back(std::chrono::duration<double>(now - begun).count());
        failed += status.ok() ? 0 : 1;
        if (now >= until) {
          if (--running == 0) ended.notify_one();
          return;
        }
      }
      next();
    });
  };
  for (int i = 0; i < in_flight; ++i) next();
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return running == 0; });
  if (failed > 0) std::cerr << "ratios: " << failed << " calls failed\n";
  return seconds;
}

double PerSecond(const Call& call, int in_flight,
                 std::chrono::milliseconds time) {
  const auto begun = Clock::now();
  const std::size_t calls = Load(call, in_flight, time).size();
  return static_cast<double>(calls) /
         std::chrono::duration<double>(Clock::now() - begun).count();
}

double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

int main(int, char** argv) {
  const std::chrono::milliseconds time(1000 * std::stoi(argv[3]));
  const std::string value(100, 'x');
  const auto connect = [](const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  };
  std::vector<std::unique_ptr<etcdserverpb::KV::Stub>> members;
  std::stringstream addresses(argv[1]);
  for (std::string one; std::getline(addresses, one, ',');) {
    members.push_back(etcdserverpb::KV::NewStub(connect(one)));
  }
  const auto store = kv::v1::KeyValueService::NewStub(connect(argv[2]));

  const Call etcd_put = [&](int number, const Done& done) {
    auto call = std::make_shared<
        Running<etcdserverpb::TxnRequest, etcdserverpb::TxnResponse>>();
    auto& put = *call->request.add_success()->mutable_request_put();
    put.set_key("plain/" + Key(number));
    put.set_value(value);
    const auto& etcd = members[number % members.size()];
    Start(
        call, [&](auto... words) { etcd->async()->Txn(words...); }, done);
  };
  const Call etcd_get = [&](int number, const Done& done) {
    auto call = std::make_shared<
        Running<etcdserverpb::RangeRequest, etcdserverpb::RangeResponse>>();
    call->request.set_key("plain/" + Key(number));
    const auto& etcd = members[number % members.size()];
    Start(
        call, [&](auto... words) { etcd->async()->Range(words...); }, done);
  };
  const Call put = [&](int number, const Done& done) {
    auto call =
        std::make_shared<Running<kv::v1::PutRequest, kv::v1::PutResponse>>();
    call->request.set_key(Key(number));
    call->request.set_value(value);
    Start(
        call, [&](auto... words) { store->async()->Put(words...); }, done);
  };
  const Call get = [&](int number, const Done& done) {
    auto call =
        std::make_shared<Running<kv::v1::GetRequest, kv::v1::GetResponse>>();
    call->request.set_key(Key(number));
    Start(
        call, [&](auto... words) { store->async()->Get(words...); }, done);
  };

  // Waits for a leader, and fills both.
  Load(put, 1, std::chrono::seconds(1));
  for (const Call& all : {etcd_put, put}) Load(all, 64, time);
  std::cout << "{\"puts\":" << PerSecond(put, 64, time)
            << ",\"etcd_puts\":" << PerSecond(etcd_put, 64, time)
            << ",\"put_seconds\":" << Median(Load(put, 1, time))
            << ",\"etcd_put_seconds\":" << Median(Load(etcd_put, 1, time))
            << ",\"gets\":" << PerSecond(get, 64, time)
            << ",\"etcd_gets\":" << PerSecond(etcd_get, 64, time)
            << ",\"many_gets\":" << PerSecond(get, 1000, time)
            << ",\"etcd_many_gets\":" << PerSecond(etcd_get, 1000, time) << "}"
            << std::endl;
  return 0;
}
