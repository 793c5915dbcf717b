// An import whose deadline passes before its half-close stores nothing, however
// close together they are: in a few of ten thousand calls, Read returns false
// before IsCancelled returns true.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "service/service.h"
#include "store/store.h"

namespace deadline_test {

using kv::v1::KeyValueService;

constexpr int kThreads = 4;
constexpr int kImports = 500;  // for each thread

void ImportTooLate(KeyValueService::Stub& stub) {
  for (int i = 0; i < kImports; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(1 + i % 4));
    kv::v1::ImportResponse response;
    const auto writer = stub.Import(&context, &response);
    kv::v1::ImportRequest request;
    request.set_key("key");
    if (!writer->Write(request)) continue;  // even that was too late
    EXPECT_EQ(writer->Finish().error_code(), grpc::DEADLINE_EXCEEDED);
  }
}

TEST(Import, PastItsDeadlineStoresNothing) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = KeyValueService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));

  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { ImportTooLate(*stub); });
  }
  for (std::thread& thread : threads) thread.join();
  server->Shutdown(std::chrono::system_clock::now());  // and no handler is left
  EXPECT_FALSE(store.Get("key").ok());
  EXPECT_EQ(store.Delete("nothing").revision, 0);
}

}  // namespace deadline_test
