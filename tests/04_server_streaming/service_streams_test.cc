// List and Watch over a real connection: what is sent, in which order, and how
// a stream ends.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "service/service.h"
#include "store/store.h"

namespace service_streams_test {

using grpc::StatusCode;
using kv::v1::KeyValueService;
using kv::v1::WatchResponse;
using Strings = std::vector<std::string>;

class Streams : public testing::Test {
 protected:
  Streams() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = KeyValueService::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                            grpc::InsecureChannelCredentials()));
  }
  ~Streams() override { server_->Shutdown(std::chrono::system_clock::now()); }

  // A watch; `after` is what its headers say, empty without them.
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<WatchResponse>> reader;
    std::string after;

    // The next change: "+key=value@revision" or "-key@revision".
    std::string Next() const {
      WatchResponse response;
      if (!reader->Read(&response)) return "";
      const kv::v1::Entry& entry = response.entry();
      const bool put = response.change_type() == WatchResponse::CHANGE_TYPE_PUT;
      return (put ? "+" : "-") + entry.key() + (put ? "=" : "") +
             entry.value() + "@" + std::to_string(entry.revision());
    }
    Strings Next(int count) const {
      Strings changes;
      while (count-- > 0) changes.push_back(Next());
      return changes;
    }
  };

  std::unique_ptr<Watch> Follow(const std::string& prefix,
                                std::optional<std::int64_t> after = {}) {
    auto watch = std::make_unique<Watch>();
    watch->context.set_deadline(std::chrono::system_clock::now() +
                                std::chrono::seconds(30));
    kv::v1::WatchRequest request;
    request.set_prefix(prefix);
    if (after.has_value()) request.set_after_revision(*after);
    watch->reader = stub_->Watch(&watch->context, request);
    watch->reader->WaitForInitialMetadata();
    const auto& headers = watch->context.GetServerInitialMetadata();
    if (const auto at = headers.find("kv-revision"); at != headers.end()) {
      watch->after = std::string(at->second.data(), at->second.size());
    }
    return watch;
  }

  // The keys, and the status after them.
  Strings List(const std::string& prefix, int limit = 0) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    kv::v1::ListRequest request;
    request.set_prefix(prefix);
    request.set_limit(limit);
    const auto reader = stub_->List(&context, request);
    kv::v1::ListResponse response;
    Strings result;
    while (reader->Read(&response)) {
      for (const auto& entry : response.entries())
        result.push_back(entry.key());
    }
    const grpc::Status status = reader->Finish();
    result.push_back(status.ok() ? "OK" : status.error_message());
    return result;
  }

  void Put(const std::string& key, const std::string& value) {
    EXPECT_TRUE(store_.Put(key, value).ok());
  }

  kv::Store store_{/*max_changes=*/4};
  kv::KeyValueServiceImpl service_{store_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<KeyValueService::Stub> stub_;
};

TEST_F(Streams, ListIsInTheOrderOfTheBytesUnderThePrefix) {
  for (const char* key : {"b/2", "a", "b/10", "b", "c", "b/\xc3\xa4"}) {
    Put(key, "");
  }
  EXPECT_EQ(List(""),
            (Strings{"a", "b", "b/10", "b/2", "b/\xc3\xa4", "c", "OK"}));
  EXPECT_EQ(List("b/"), (Strings{"b/10", "b/2", "b/\xc3\xa4", "OK"}));
  EXPECT_EQ(List("b/", 2), (Strings{"b/10", "b/2", "OK"}));
  EXPECT_EQ(List("b/", 3), (Strings{"b/10", "b/2", "b/\xc3\xa4", "OK"}));
  EXPECT_EQ(List("d"), (Strings{"OK"}));
}

TEST_F(Streams, ListRefusesWhatTheContractRefuses) {
  EXPECT_EQ(List("", -1), (Strings{"limit: must not be negative"}));
  EXPECT_EQ(List(std::string(513, 'p')),
            (Strings{"prefix: 513 bytes, at most 512 are allowed"}));
}

TEST_F(Streams, WatchSendsEachChangeUnderThePrefixOnceAndInOrder) {
  Put("old", "");
  const auto all = Follow("");
  const auto some = Follow("a/");
  EXPECT_EQ(all->after, "1");
  EXPECT_EQ(some->after, "1");
  Put("a/1", "x");
  Put("b/1", "y");
  (void)store_.Delete("never there");  // no change
  (void)store_.Delete("a/1");
  Put("a/2", "z");
  EXPECT_EQ(all->Next(4),
            (Strings{"+a/1=x@2", "+b/1=y@3", "-a/1@4", "+a/2=z@5"}));
  EXPECT_EQ(some->Next(3), (Strings{"+a/1=x@2", "-a/1@4", "+a/2=z@5"}));
}

TEST_F(Streams, WatchResumesAfterARevision) {
  for (const char* value : {"1", "2", "3"}) Put("k", value);
  const auto watch = Follow("", 1);
  EXPECT_EQ(watch->after, "1");
  EXPECT_EQ(watch->Next(2), (Strings{"+k=2@2", "+k=3@3"}));
  Put("k", "4");
  EXPECT_EQ(watch->Next(), "+k=4@4");
  EXPECT_EQ(Follow("", 4)->after, "4");
}

TEST_F(Streams, WatchIsRefusedWithoutHeaders) {
  for (int i = 1; i <= 6; ++i) Put("k", "");  // 3 to 6 are kept
  const auto refused = [&](std::int64_t after, const std::string& prefix = "") {
    const auto watch = Follow(prefix, after);
    EXPECT_EQ(watch->after, "");
    EXPECT_EQ(watch->Next(), "");
    return watch->reader->Finish();
  };
  EXPECT_EQ(refused(-1).error_message(),
            "after_revision: must not be negative");
  EXPECT_EQ(refused(0, std::string(513, 'p')).error_message(),
            "prefix: 513 bytes, at most 512 are allowed");
  EXPECT_EQ(refused(1).error_code(), StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(refused(7).error_message(),
            "revision 7 is ahead of the store: list again, then watch after "
            "revision 6");
  EXPECT_EQ(Follow("", 2)->Next(), "+k=@3");
}

TEST_F(Streams, EndWatchesEndsThemAndNothingElse) {
  const auto watch = Follow("");
  store_.EndWatches();
  EXPECT_EQ(watch->Next(), "");
  EXPECT_EQ(watch->reader->Finish().error_code(), StatusCode::UNAVAILABLE);
  const auto late = Follow("");
  EXPECT_EQ(late->after, "");
  EXPECT_EQ(late->reader->Finish().error_message(),
            "no more changes from this server");
  Put("k", "");
  EXPECT_EQ(List(""), (Strings{"k", "OK"}));
}

TEST_F(Streams, AllWatchersSeeOneOrder) {
  constexpr int kWriters = 4;
  constexpr int kPuts = 50;
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  stub_ = KeyValueService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));

  const auto one = Follow("");
  const auto two = Follow("");
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&store, writer] {
      for (int i = 0; i < kPuts; ++i) {
        EXPECT_TRUE(store.Put(std::to_string(writer), "").ok());
      }
    });
  }
  const Strings seen = one->Next(kWriters * kPuts);
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(seen, two->Next(kWriters * kPuts));
  for (int i = 0; i < kWriters * kPuts; ++i) {
    EXPECT_EQ(seen[i].substr(seen[i].find('@')), "@" + std::to_string(i + 1));
  }
  one->context.TryCancel();
  two->context.TryCancel();
  server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace service_streams_test
