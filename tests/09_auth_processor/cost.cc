// The overhead of checking a token: cost CA TOKEN_FILE PID ADDRESS PID ADDRESS
// …
//
// The servers come in pairs: one checks the token, the other does not. For each
// pair it prints two ratios of the first to the second: calls a second, and
// processor time for a call.
//
// The two take turns, so that other load on the machine affects both, and the
// median of the turns' ratios counts. All calls carry a token, whether or not
// the server checks it.
#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "auth/tls.h"
#include "base/file.h"
#include "kv/v1/kv.grpc.pb.h"

namespace {

using kv::v1::KeyValueService;
using Clock = std::chrono::steady_clock;

constexpr int kTurns = 24;
constexpr int kCallers = 4;  // threads, each with one call at a time
constexpr std::chrono::milliseconds kSlice(250);

// Calls that failed must not be measured.
void Require(bool well, const std::string& what) {
  if (well) return;
  std::cerr << what << " failed\n";
  std::exit(1);
}

// A server, and one connection to it.
class Server final {
 public:
  Server(pid_t pid, const std::string& address,
         const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : stub_(KeyValueService::NewStub(
            grpc::CreateChannel(address, credentials))) {
    Require(clock_getcpuclockid(pid, &clock_) == 0, "the processor's clock");
  }

  // Makes calls for a while. Returns calls a second, and the seconds of
  // processor time that each takes on the server.
  std::pair<double, double> Slice(const std::string& token) {
    std::atomic<int> calls = 0;
    const double cpu = CpuSeconds();
    const auto begin = Clock::now();
    std::vector<std::thread> callers;
    callers.reserve(kCallers);
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        while (Clock::now() < begin + kSlice) {
          Get(token);
          ++calls;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    const std::chrono::duration<double> took = Clock::now() - begin;
    return {calls / took.count(), (CpuSeconds() - cpu) / calls};
  }

 private:
  void Get(const std::string& token) {
    grpc::ClientContext context;
    context.AddMetadata("token", token);
    kv::v1::GetRequest request;
    request.set_key("city");
    kv::v1::GetResponse response;
    Require(stub_->Get(&context, request, &response).error_code() ==
                grpc::StatusCode::NOT_FOUND,
            "Get");
  }

  double CpuSeconds() const {
    timespec time{};
    Require(clock_gettime(clock_, &time) == 0, "the processor's clock");
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_nsec) / 1e9;
  }

  const std::unique_ptr<KeyValueService::Stub> stub_;
  clockid_t clock_ = 0;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  Require(argc >= 7 && argc % 4 == 3, "cost CA TOKEN_FILE PID ADDRESS …");
  const auto credentials = kv::TlsChannelCredentials(argv[1], "", "").value();
  const std::string token = kv::ReadToken(argv[2]).value();
  std::cout << std::fixed << std::setprecision(2);
  for (int i = 3; i < argc; i += 4) {
    Server checks(std::atoi(argv[i]), argv[i + 1], credentials);
    Server takes(std::atoi(argv[i + 2]), argv[i + 3], credentials);
    std::vector<double> calls;
    std::vector<double> cpu;
    calls.reserve(kTurns);
    cpu.reserve(kTurns);
    for (Server* const server : {&checks, &takes})
      server->Slice(token);  // warm
    for (int turn = 0; turn < kTurns; ++turn) {
      const bool first = turn % 2 == 0;  // who begins takes turns as well
      auto one = (first ? checks : takes).Slice(token);
      auto other = (first ? takes : checks).Slice(token);
      if (!first) std::swap(one, other);
      calls.push_back(one.first / other.first);
      cpu.push_back(one.second / other.second);
    }
    std::cout << Median(calls) << " " << Median(cpu) << "\n";
  }
}
