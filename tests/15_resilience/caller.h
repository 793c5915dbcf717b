// Makes calls as a long-running program should: with one channel for its whole
// life, and each call through kv::Retry().
#ifndef TESTS_15_RESILIENCE_CALLER_H_
#define TESTS_15_RESILIENCE_CALLER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "base/stop_signal.h"
#include "client/cancel_on_signal.h"
#include "client/channel_arguments.h"
#include "client/command.h"
#include "client/options.h"
#include "client/retry.h"
#include "kv/v1/kv.grpc.pb.h"

namespace survivors {

// What all clients share. Each has its own channel.
struct Setup {
  kv::ClientOptions options;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  std::string service_config;
  const kv::StopSignal& stop;
};

// A channel. For one thread.
class Caller {
 public:
  // `timeout` is for all attempts of an operation together.
  Caller(const Setup& setup, absl::Duration timeout)
      : channel_(Channel(setup)),
        stub_(kv::v1::KeyValueService::NewStub(channel_)),
        prepare_([timeout](grpc::ClientContext& context) {
          context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
        }),
        cancel_(setup.stop) {}

  kv::v1::KeyValueService::Stub& stub() { return *stub_; }
  int attempts() const { return attempts_; }  // in all operations

 private:
  friend class Calls;

  // Without an own pool, gRPC would give all our clients the same connections.
  static std::shared_ptr<grpc::Channel> Channel(const Setup& setup) {
    auto arguments = kv::ChannelArguments(setup.options, setup.service_config);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(setup.options.target, setup.credentials,
                                     arguments);
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<kv::v1::KeyValueService::Stub> stub_;
  const std::function<void(grpc::ClientContext&)> prepare_;
  int attempts_ = 0;
  grpc::ClientContext idle_;  // what a signal cancels between operations
  kv::CancelOnSignal cancel_;
};

// The calls of one operation, under one deadline.
class Calls {
 public:
  explicit Calls(Caller& caller) : caller_(caller) {
    caller.prepare_(context_);
    caller.cancel_.Guard(context_);
  }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;
  ~Calls() { caller_.cancel_.Guard(caller_.idle_); }

  kv::Attempts Try(
      kv::Repeat repeat, kv::Limit limit,
      const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
    const kv::Call call{*caller_.stub_,
                        caller_.channel_,
                        context_,
                        words_,
                        caller_.cancel_.cancelled(),
                        input_error_,
                        caller_.prepare_,
                        caller_.cancel_};
    return kv::Retry(call, repeat, limit,
                     [this, &attempt](grpc::ClientContext& context) {
                       ++caller_.attempts_;
                       return attempt(context);
                     });
  }

 private:
  Caller& caller_;
  grpc::ClientContext context_;
  const std::vector<std::string> words_;
  std::string input_error_;
};

}  // namespace survivors

#endif  // TESTS_15_RESILIENCE_CALLER_H_
