// What gRPC itself does with a stream of responses. Each claim of that kind on
// the page of stage 04 has a test here.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "server/call_limit.h"
#include "service/service.h"
#include "store/store.h"

namespace traps_test {

using grpc::StatusCode;
using kv::v1::KeyValueService;
using Clock = std::chrono::system_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Writer = grpc::ServerWriter<kv::v1::ListResponse>;

// How long a test waits to see that nothing happens. On a slow machine it may
// only miss a failure.
constexpr milliseconds kAWhile(200);

// List does what the test sets; Get always works.
class Lister final : public KeyValueService::Service {
 public:
  using Body = std::function<grpc::Status(grpc::ServerContext*, Writer*)>;
  explicit Lister(Body body) : body_(std::move(body)) {}

  grpc::Status List(grpc::ServerContext* context,
                    const kv::v1::ListRequest* /*request*/,
                    Writer* writer) override {
    return body_(context, writer);
  }
  grpc::Status Get(grpc::ServerContext* /*context*/,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    return grpc::Status::OK;
  }

 private:
  const Body body_;
};

// A server on a free port, and a stub with a connection of its own.
struct Running {
  explicit Running(grpc::Service& service, int max_calls = 1000) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service);
    kv::LimitCalls(builder, max_calls);
    server = builder.BuildAndStart();
    target = "127.0.0.1:" + std::to_string(port);
    stub = Connect();
  }
  ~Running() { server->Shutdown(Clock::now()); }

  std::unique_ptr<KeyValueService::Stub> Connect() const {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return KeyValueService::NewStub(grpc::CreateCustomChannel(
        target, grpc::InsecureChannelCredentials(), own));
  }

  std::string target;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<KeyValueService::Stub> stub;
};

// A context with a deadline, so that a call that hangs fails its test.
struct Context : grpc::ClientContext {
  explicit Context(milliseconds timeout = seconds(30)) {
    set_deadline(Clock::now() + timeout);
  }
};

kv::v1::ListResponse Named(const std::string& key) {
  kv::v1::ListResponse response;
  response.add_entries()->set_key(key);
  return response;
}

kv::v1::ListResponse OfBytes(std::size_t bytes) {
  kv::v1::ListResponse response;
  response.add_entries()->set_value(std::string(bytes, 'v'));
  return response;
}

grpc::Status Get(KeyValueService::Stub& stub, const std::string& key) {
  Context context;
  kv::v1::GetRequest request;
  request.set_key(key);
  kv::v1::GetResponse response;
  return stub.Get(&context, request, &response);
}

template <typename T>
bool Ready(const std::future<T>& future) {
  return future.wait_for(kAWhile) == std::future_status::ready;
}

// [status_last]
TEST(Reader, ReadIsFalseAfterAFailureAsAfterTheLast) {
  Lister service([](grpc::ServerContext* /*context*/, Writer* writer) {
    writer->Write(Named("a"));
    writer->Write(Named("b"));
    return grpc::Status(StatusCode::DATA_LOSS, "the disk is broken");
  });
  const Running running(service);

  Context context;
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  int entries = 0;
  while (reader->Read(&response)) ++entries;
  EXPECT_EQ(entries, 2);  // two entries and the end: it looks complete

  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::DATA_LOSS);  // it is not
}
// [status_last]

TEST(Reader, FinishIsOkWhenTheHandlerReturnsOk) {
  Lister service([](grpc::ServerContext* /*context*/, Writer* writer) {
    EXPECT_TRUE(writer->Write(Named("a")));
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  EXPECT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.entries(0).key(), "a");
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_FALSE(reader->Read(&response));  // and stays so
  EXPECT_TRUE(reader->Finish().ok());
}

// [not_there]
TEST(Reader, IsThereBeforeTheServerKnows) {
  const auto stub = KeyValueService::NewStub(grpc::CreateChannel(
      "unix:/nobody/listens/here", grpc::InsecureChannelCredentials()));
  Context context;
  const auto reader = stub->Watch(&context, {});
  ASSERT_NE(reader, nullptr);  // no sign of a server, and yet a reader

  kv::v1::WatchResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::UNAVAILABLE);
}
// [not_there]

// [headers]
TEST(Headers, WaitForTheFirstMessageUnlessTheyAreSent) {
  std::promise<void> change;
  Lister service([&](grpc::ServerContext* context, Writer* writer) {
    context->AddInitialMetadata("kv-revision", "7");  // and not sent
    change.get_future().wait();
    writer->Write(Named("a"));
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  const auto headers = std::async(std::launch::async, [&] {
    reader->WaitForInitialMetadata();
    return context.GetServerInitialMetadata().count("kv-revision");
  });
  EXPECT_FALSE(Ready(headers));  // no message yet, so no headers
  change.set_value();
  headers.wait();
}
// [headers]

// [one_moment]
TEST(List, IsOfOneMomentAndHoldsNobodyUp) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  const std::string old_value(1 << 20, 'o');
  for (int i = 10; i < 50; ++i) {
    ASSERT_TRUE(store.Put("k" + std::to_string(i), old_value).ok());
  }
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  ASSERT_TRUE(reader->Read(&response));  // the first of 40; the rest waits

  Context put_context;
  kv::v1::PutRequest put;
  put.set_key("k49");
  kv::v1::PutResponse put_response;
  ASSERT_TRUE(running.stub->Put(&put_context, put, &put_response).ok());
  ASSERT_TRUE(store.Delete("k48").deleted);

  int entries = 1;
  while (reader->Read(&response)) {
    for (const auto& entry : response.entries()) {
      EXPECT_EQ(entry.value(), old_value);
      ++entries;
    }
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(entries, 40);  // 40 MiB, as they stood when it began
}
// [one_moment]

// [per_message]
TEST(Message, TheLimitOf4MiBIsForEachMessage) {
  constexpr std::size_t kAlmost = (4 << 20) - 64;
  Lister service([](grpc::ServerContext* /*context*/, Writer* writer) {
    writer->Write(OfBytes(kAlmost));
    writer->Write(OfBytes(kAlmost));  // almost 8 MiB by now
    writer->Write(OfBytes(4 << 20));  // one message over the limit
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  EXPECT_TRUE(reader->Read(&response));
  EXPECT_TRUE(reader->Read(&response));
  EXPECT_FALSE(reader->Read(&response));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(),
            "Received message larger than max (4194314 vs. 4194304)");
}
// [per_message]

// Most runs hang: a write of something else on the connection may take the
// message along. So it is tried until one does.
constexpr int kTries = 50;

// [hint_first]
TEST(Hint, OnTheFirstMessageHangs) {
  std::promise<bool> written;
  Lister service([&](grpc::ServerContext* /*context*/, Writer* writer) {
    grpc::WriteOptions hint;
    hint.set_buffer_hint();
    written.set_value(writer->Write(Named("a"), hint));
    return grpc::Status::OK;
  });
  const Running running(service);
  bool hung = false;
  for (int i = 0; i < kTries && !hung; ++i) {
    written = {};
    const auto stub = running.Connect();
    Context context(seconds(2));
    const auto reader = stub->List(&context, {});
    kv::v1::ListResponse response;
    const bool read = reader->Read(&response);
    const bool write = written.get_future().get();
    hung = !read && !write;  // Write did not return before the deadline
    EXPECT_EQ(reader->Finish().error_code(),
              hung ? StatusCode::DEADLINE_EXCEEDED : StatusCode::OK);
  }
  EXPECT_TRUE(hung);
}
// [hint_first]

// [cancel]
TEST(End, OfAStreamThatTheClientCancels) {
  std::promise<bool> write;
  Lister service([&](grpc::ServerContext* context, Writer* writer) {
    writer->Write(Named("a"));
    while (!context->IsCancelled()) std::this_thread::yield();
    write.set_value(writer->Write(Named("b")));
    return grpc::Status::OK;  // no client receives it
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  EXPECT_TRUE(reader->Read(&response));
  std::thread other([&] { context.TryCancel(); });  // any thread may
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
  EXPECT_FALSE(write.get_future().get());
  other.join();
}
// [cancel]

TEST(End, OfAStreamThatWasCancelledBeforeItBegan) {
  Lister service([](grpc::ServerContext* /*context*/, Writer* writer) {
    writer->Write(Named("a"));
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  context.TryCancel();
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
}

TEST(End, OfAStreamWhoseDeadlinePasses) {
  std::promise<bool> write;
  Lister service([&](grpc::ServerContext* context, Writer* writer) {
    while (!context->IsCancelled()) std::this_thread::yield();
    write.set_value(writer->Write(Named("b")));
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context(seconds(2));
  const auto reader = running.stub->List(&context, {});
  kv::v1::ListResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_FALSE(write.get_future().get());
}

// [never_asks]
TEST(End, AHandlerThatDoesNotAskHoldsUpTheStop) {
  std::promise<void> inside;
  std::promise<void> news;  // what the handler waits for, and does not come
  Lister service([&](grpc::ServerContext* /*context*/, Writer* /*writer*/) {
    inside.set_value();
    news.get_future().wait();
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  inside.get_future().wait();
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);

  const auto stop = std::async(std::launch::async, [&] {
    running.server->Shutdown(Clock::now());  // no grace at all
  });
  EXPECT_FALSE(Ready(stop));  // the client has gone, the handler has not
  news.set_value();
  stop.wait();
}
// [never_asks]

// [not_read]
TEST(FlowControl, StopsAWriterThatNobodyReads) {
  constexpr int kMessages = 4096;  // of 64 KiB: 256 MiB
  std::atomic<int> written = 0;
  std::promise<void> returned;
  Lister service([&](grpc::ServerContext* /*context*/, Writer* writer) {
    const kv::v1::ListResponse message = OfBytes(64 << 10);
    while (written < kMessages && writer->Write(message)) ++written;
    returned.set_value();
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});  // and no Read

  const std::future<void> end = returned.get_future();
  EXPECT_FALSE(Ready(end));                      // it is inside Write
  EXPECT_TRUE(Get(*running.stub, "city").ok());  // other calls go on
  context.TryCancel();
  end.wait();                          // Write returned false
  EXPECT_GT(written, 0);               // gRPC took some, nobody read them
  EXPECT_LT(written, kMessages / 16);  // less than 16 MiB had left
}
// [not_read]

TEST(FlowControl, TheClientsDeadlineEndsAWriteThatNobodyReads) {
  std::promise<void> returned;
  Lister service([&](grpc::ServerContext* /*context*/, Writer* writer) {
    while (writer->Write(OfBytes(64 << 10))) {
    }
    returned.set_value();
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context(seconds(2));
  const auto reader = running.stub->List(&context, {});
  returned.get_future().wait();
}

TEST(FlowControl, NothingIsLostWhenTheClientReadsOn) {
  constexpr int kMessages = 512;  // 32 MiB
  Lister service([](grpc::ServerContext* /*context*/, Writer* writer) {
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_TRUE(writer->Write(OfBytes(64 << 10)));
    }
    return grpc::Status::OK;
  });
  const Running running(service);
  Context context;
  const auto reader = running.stub->List(&context, {});
  EXPECT_TRUE(Get(*running.stub, "city").ok());
  kv::v1::ListResponse response;
  int read = 0;
  while (reader->Read(&response)) ++read;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(read, kMessages);
}

// The stage's own service, and an active watch.
class Watching : public testing::Test {
 protected:
  struct Watch {
    Context context;
    std::unique_ptr<grpc::ClientReader<kv::v1::WatchResponse>> reader;
  };
  static std::unique_ptr<Watch> Begin(const Running& running) {
    auto watch = std::make_unique<Watch>();
    watch->reader = running.stub->Watch(&watch->context, {});
    watch->reader->WaitForInitialMetadata();
    EXPECT_EQ(watch->context.GetServerInitialMetadata().count("kv-revision"),
              1U);
    return watch;
  }
};

// [behind]
TEST_F(Watching, AWatcherThatDoesNotReadHoldsNobodyUpAndFallsBehind) {
  kv::Store store(/*max_changes=*/2);
  kv::KeyValueServiceImpl service(store);
  const Running running(service);
  const auto watch = Begin(running);
  for (int i = 0; i < 64; ++i) {  // 64 MiB, and nobody reads
    ASSERT_TRUE(store.Put("k", std::string(1 << 20, 'v')).ok());
  }

  kv::v1::WatchResponse response;
  std::int64_t revision = 0;
  while (watch->reader->Read(&response)) {
    EXPECT_EQ(response.entry().revision(), ++revision);  // without a gap
  }
  const grpc::Status status = watch->reader->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::OUT_OF_RANGE);
  const std::string told =
      "the changes after revision " + std::to_string(revision);
  EXPECT_EQ(status.error_message().substr(0, told.size()), told);
}
// [behind]

// [occupied]
TEST_F(Watching, AsManyWatchersAsCallsLeaveNoRoomForAGet) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  constexpr int kMaxCalls = 64;  // the server's default
  const Running running(service, kMaxCalls);
  std::vector<std::unique_ptr<Watch>> watches;
  watches.reserve(kMaxCalls);
  for (int i = 0; i < kMaxCalls; ++i) watches.push_back(Begin(running));

  grpc::Status get = Get(*running.stub, "city");
  EXPECT_EQ(get.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(get.error_message(), "Server Threadpool Exhausted");

  watches.front()->context.TryCancel();  // its thread is free shortly after
  while (get.error_code() == StatusCode::RESOURCE_EXHAUSTED) {
    get = Get(*running.stub, "city");
  }
  EXPECT_EQ(get.error_code(), StatusCode::NOT_FOUND);
}
// [occupied]

// Notifies the test when a Watch has left its handler.
class Telling final : public KeyValueService::Service {
 public:
  grpc::Status Watch(
      grpc::ServerContext* context, const kv::v1::WatchRequest* request,
      grpc::ServerWriter<kv::v1::WatchResponse>* writer) override {
    grpc::Status status = service_.Watch(context, request, writer);
    left.set_value();
    return status;
  }
  kv::Store store;
  std::promise<void> left;

 private:
  kv::KeyValueServiceImpl service_{store};
};

// [stuck_stop]
TEST_F(Watching, EndWatchesDoesNotReachAHandlerThatIsInsideWrite) {
  Telling service;  // our Watch; says when its handler has returned
  const Running running(service);
  const auto watch = Begin(running);
  for (int i = 0; i < 64; ++i) {  // 64 MiB, and nobody reads
    ASSERT_TRUE(service.store.Put("k", std::string(1 << 20, 'v')).ok());
  }
  service.store.EndWatches();
  const std::future<void> left = service.left.get_future();
  EXPECT_FALSE(Ready(left));               // Write has not returned
  running.server->Shutdown(Clock::now());  // the grace is over
  left.wait();
}
// [stuck_stop]

}  // namespace traps_test
