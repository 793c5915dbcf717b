// When interceptors run and what they see, as the page of stage 08 says.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "auth/auth_interceptor.h"
#include "calls.h"
#include "server/log_interceptor.h"
#include "service/service.h"
#include "store/store.h"

namespace hooks_test {

using calls::Body;
using calls::Call;
using calls::Context;
using calls::Does;
using calls::Factory;
using calls::Hook;
using calls::Info;
using calls::KeyValueService;
using calls::Kind;
using calls::Methods;
using calls::Of;
using calls::Running;
using calls::Silent;
using calls::Unguarded;
using grpc::StatusCode;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr milliseconds kAWhile(200);

constexpr char kPut[] = "/kv.v1.KeyValueService/Put";
constexpr char kList[] = "/kv.v1.KeyValueService/List";
constexpr char kImport[] = "/kv.v1.KeyValueService/Import";
constexpr char kPipeline[] = "/kv.v1.KeyValueService/Pipeline";

// What happened, in order. Thread-safe.
class Notes final {
 public:
  void Add(const std::string& word) {
    const std::lock_guard lock(mutex_);
    words_.push_back(word);
  }
  Words words() const {
    const std::lock_guard lock(mutex_);
    return words_;
  }

 private:
  mutable std::mutex mutex_;
  Words words_;
};

// Records the hooks at which a call enters and leaves.
Body Note(Notes& notes, const std::string& name) {
  return [&notes, name](Info* /*info*/, Methods* methods) {
    const auto at = [methods](Hook hook) {
      return methods->QueryInterceptionHookPoint(hook);
    };
    if (at(Hook::POST_RECV_INITIAL_METADATA)) notes.Add(name + " in");
    if (at(Hook::PRE_SEND_STATUS)) notes.Add(name + " out");
    methods->Proceed();
  };
}

// Records that its Put is called.
class Noting final : public KeyValueService::Service {
 public:
  explicit Noting(Notes& notes) : notes_(notes) {}
  grpc::Status Put(grpc::ServerContext* /*context*/,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    notes_.Add("handler");
    return grpc::Status::OK;
  }

 private:
  Notes& notes_;
};

// [order]
TEST(Order, TheFirstInTheListIsNextToTheHandler) {
  Notes notes;
  Noting service(notes);
  const Running running(
      service, Of(Does(Note(notes, "first")), Does(Note(notes, "second"))));
  Context context;
  EXPECT_TRUE(Call(*running.stub, Kind::kPut, context).status.ok());
  EXPECT_EQ(notes.words(), (Words{"second in", "first in", "handler",
                                  "first out", "second out"}));
}
// [order]

// The hooks that there are, by the names that the page has for them.
constexpr std::pair<Hook, const char*> kHooks[] = {
    {Hook::POST_RECV_INITIAL_METADATA, "headers in"},
    {Hook::POST_RECV_MESSAGE, "message in"},
    {Hook::PRE_SEND_INITIAL_METADATA, "headers out"},
    {Hook::PRE_SEND_MESSAGE, "message out"},
    {Hook::PRE_SEND_STATUS, "status out"},
};

Words HooksOf(Kind kind) {
  Notes notes;
  Unguarded service;
  const auto note = [&notes](Info* /*info*/, Methods* methods) {
    for (const auto& [hook, name] : kHooks) {
      if (methods->QueryInterceptionHookPoint(hook)) notes.Add(name);
    }
    methods->Proceed();
  };
  const Running running(service, Of(Does(note)));
  Context context;
  EXPECT_TRUE(Call(*running.stub, kind, context).status.ok());
  running.Stop();
  return notes.words();
}

// [hooks]
TEST(Hooks, OfAUnaryCall) {
  EXPECT_EQ(HooksOf(Kind::kPut),
            (Words{"headers in", "message in", "headers out", "message out",
                   "status out"}));
}

TEST(Hooks, OfAStreamTheyRunForEachMessage) {
  EXPECT_EQ(HooksOf(Kind::kList),
            (Words{"headers in", "message in", "headers out", "message out",
                   "message out", "message out", "status out"}));
}
// [hooks]

// Counts interceptors.
struct Counts {
  std::atomic<int> made = 0;
  std::atomic<int> alive = 0;
};

class Counted final : public grpc::experimental::Interceptor {
 public:
  explicit Counted(Counts& counts) : counts_(counts) {
    ++counts_.made;
    ++counts_.alive;
  }
  ~Counted() override { --counts_.alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  void Intercept(Methods* methods) override { methods->Proceed(); }

 private:
  Counts& counts_;
};

class CountedFactory final : public Factory {
 public:
  explicit CountedFactory(Counts& counts) : counts_(counts) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      Info* /*info*/) override {
    return new Counted(counts_);
  }

 private:
  Counts& counts_;
};

// Its Put waits.
class Waiting final : public KeyValueService::Service {
 public:
  grpc::Status Put(grpc::ServerContext* /*context*/,
                   const kv::v1::PutRequest* /*request*/,
                   kv::v1::PutResponse* /*response*/) override {
    entered.set_value();
    go_on.get_future().wait();
    return grpc::Status::OK;
  }

  std::promise<void> entered;
  std::promise<void> go_on;
};

TEST(Interceptor, LivesAsLongAsItsCall) {
  Counts counts;
  Waiting service;
  const Running running(service, Of(std::make_unique<CountedFactory>(counts)));
  EXPECT_EQ(counts.made, 0);
  auto call = std::async(std::launch::async, [&running] {
    Context context;
    return Call(*running.stub, Kind::kPut, context).status;
  });
  service.entered.get_future().wait();
  EXPECT_EQ(counts.alive, 1);
  service.go_on.set_value();
  EXPECT_TRUE(call.get().ok());
  running.Stop();
  EXPECT_EQ(counts.alive, 0);
  EXPECT_EQ(counts.made, 1);
}

TEST(Metadata, PointsToYourStringAndIsNoCopy) {
  std::string user = "alice";
  const auto insert = [&user](Info* /*info*/, Methods* methods) {
    if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
      methods->GetRecvInitialMetadata()->emplace("user", user);
      user = "carol";  // for example because the variable's life is over
    }
    methods->Proceed();
  };
  Notes notes;
  const auto look = [&notes](Info* info, Methods* methods) {
    const auto& metadata = info->server_context()->client_metadata();
    if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
      const grpc::string_ref found = metadata.find("user")->second;
      notes.Add({found.data(), found.size()});
    }
    methods->Proceed();
  };
  Unguarded service;
  const Running running(service, Of(Does(insert), Does(look)));
  Context context;
  EXPECT_TRUE(Call(*running.stub, Kind::kPut, context).status.ok());
  EXPECT_EQ(notes.words(), Words{"carol"});
}

// What an interceptor sees, and what it does not. No call here has a token.
class Seen : public testing::Test {
 protected:
  kv::Tokens tokens_;
  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
  Counts counts_;
  const Running running_{
      service_, Of(std::make_unique<kv::AuthInterceptorFactory>(&tokens_),
                   std::make_unique<CountedFactory>(counts_))};
};

TEST_F(Seen, AMethodThatIsNotThere) {
  Context context;
  const grpc::Status status =
      Silent(running_.channel, "/kv.v1.KeyValueService/Rename", context);
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(counts_.made, 1);
}

TEST(Unknown, HasNoNameOfItsOwn) {
  Notes notes;
  Unguarded service;
  const auto note = [&notes](Info* info, Methods* methods) {
    if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
      notes.Add(info->method());
    }
    methods->Proceed();
  };
  const Running running(service, Of(Does(note)));
  Context context;
  const grpc::Status status =
      Silent(running.channel, "/kv.v1.KeyValueService/Rename", context);
  EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(notes.words(), Words{"unknown"});
}

TEST_F(Seen, AStreamOfRequestsBeforeTheFirst) {
  for (const char* const method : {kImport, kPipeline}) {
    Context context;
    const grpc::Status status = Silent(running_.channel, method, context);
    EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  }
}

TEST_F(Seen, ACallWithOneRequestThatWillNotCome) {
  for (const char* const method : {kPut, kList}) {
    Context context;
    const grpc::Status status =
        Silent(running_.channel, method, context, /*half_close=*/true);
    EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  }
}

TEST(Unseen, ACallWithOneRequestBeforeThatIsThere) {
  for (const std::string rpc : {"Get", "Put", "Delete", "List", "Watch"}) {
    Counts counts;
    Unguarded service;
    const Running running(service,
                          Of(std::make_unique<CountedFactory>(counts)));
    Context context;
    auto call = std::async(std::launch::async, [&] {
      return Silent(running.channel, "/kv.v1.KeyValueService/" + rpc, context);
    });
    EXPECT_EQ(call.wait_for(kAWhile), std::future_status::timeout);
    EXPECT_EQ(counts.made, 0);  // nobody has looked at its token
    context.TryCancel();
    EXPECT_EQ(call.get().error_code(), StatusCode::CANCELLED);
  }
}

TEST(Log, TellsMethodUserStatusAndDuration) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  testing::internal::CaptureStderr();
  {
    kv::Log log;
    const Running running(
        service, Of(std::make_unique<kv::AuthInterceptorFactory>(nullptr),
                    std::make_unique<kv::LogInterceptorFactory>(log)));
    Context context;
    EXPECT_TRUE(Call(*running.stub, Kind::kPut, context).status.ok());
  }
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(line.rfind(std::string(kPut) + " anyone OK ", 0), 0U) << line;
  EXPECT_EQ(line.substr(line.size() - 4), " ms\n");
}

}  // namespace hooks_test
