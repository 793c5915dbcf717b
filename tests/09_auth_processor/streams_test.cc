// Streams whose user is revoked, or loses the role of a writer, while they run.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "auth/auth_interceptor.h"
#include "auth/auth_processor.h"
#include "auth/tokens.h"
#include "guarded.h"
#include "service/service.h"
#include "store/store.h"

namespace streams_test {

using grpc::StatusCode;

// The stage's server, with Alice and Bob, who may write.
class Streams : public testing::Test {
 protected:
  Streams() {
    Allow("alice Alices writer\nbob Bobs writer\n");
    Guarded::Interceptors auth;
    auth.push_back(std::make_unique<kv::AuthInterceptorFactory>(&tokens_));
    server_.emplace(service_,
                    std::make_shared<kv::AuthProcessor>(
                        tokens_, /*certificates=*/false, /*log=*/nullptr),
                    ServerTls(), std::move(auth));
    stub_ = kv::v1::KeyValueService::NewStub(server_->Connect());
  }
  ~Streams() override { EXPECT_EQ(std::remove(path_.c_str()), 0); }

  void Allow(const std::string& text) {
    std::ofstream(path_) << text;
    EXPECT_TRUE(tokens_.Read(path_).ok());
  }

  static void Prepare(grpc::ClientContext& context, const std::string& token) {
    context.AddMetadata("token", token);
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
  }

  void Put(const std::string& token, const std::string& key) {
    grpc::ClientContext context;
    Prepare(context, token);
    kv::v1::PutRequest request;
    request.set_key(key);
    kv::v1::PutResponse response;
    EXPECT_TRUE(stub_->Put(&context, request, &response).ok());
  }

  // How a Pipeline of Alice's ends that puts one key before the token file
  // becomes `text`, and one key after.
  grpc::Status PipelineWhile(const std::string& text) {
    grpc::ClientContext context;
    Prepare(context, "Alices");
    const auto stream = stub_->Pipeline(&context);
    kv::v1::PipelineRequest request;
    kv::v1::PipelineResponse response;
    request.mutable_put_request()->set_key("before");
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    Allow(text);
    request.mutable_put_request()->set_key("after");
    EXPECT_TRUE(stream->Write(request));
    while (stream->Read(&response)) stream->WritesDone();
    return stream->Finish();
  }

  // Whether a key was put, once no handler runs any more.
  bool Stored(const std::string& key) {
    server_.reset();
    return store_.Get(key).ok();
  }

  const std::string path_ =
      testing::TempDir() + "streams" + std::to_string(getpid()) +
      testing::UnitTest::GetInstance()->current_test_info()->name();
  kv::Tokens tokens_;
  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
  std::optional<Guarded> server_;
  std::unique_ptr<kv::v1::KeyValueService::Stub> stub_;
};

TEST_F(Streams, APipelineEndsWithTheRightToWrite) {
  const grpc::Status status =
      PipelineWhile("alice Alices reader\nbob Bobs writer\n");
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "alice may only read");
  EXPECT_FALSE(Stored("after"));
}

TEST_F(Streams, APipelineEndsWithItsToken) {
  const grpc::Status status = PipelineWhile("bob Bobs writer\n");
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status.error_message(), "Invalid signature");
  EXPECT_FALSE(Stored("after"));
}

TEST_F(Streams, AndGoesOnWhenOthersAreRevoked) {
  EXPECT_TRUE(PipelineWhile("alice Alices writer\n").ok());
  EXPECT_TRUE(Stored("after"));
}

TEST_F(Streams, AnImportEndsWithItsTokenAndStoresNothing) {
  grpc::ClientContext context;
  Prepare(context, "Alices");
  kv::v1::ImportResponse response;
  const auto writer = stub_->Import(&context, &response);
  kv::v1::ImportRequest request;
  request.set_key("city");
  EXPECT_TRUE(writer->Write(request));
  Allow("bob Bobs writer\n");
  EXPECT_TRUE(writer->WritesDone());
  EXPECT_EQ(writer->Finish().error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_FALSE(Stored("city"));
}

TEST_F(Streams, AWatchEndsInPlaceOfTheNextChange) {
  grpc::ClientContext context;
  Prepare(context, "Alices");
  const auto watch = stub_->Watch(&context, {});
  watch->WaitForInitialMetadata();
  Allow("alice Alices reader\nbob Bobs writer\n");
  Put("Bobs", "city");
  kv::v1::WatchResponse change;
  EXPECT_TRUE(watch->Read(&change));  // readers may watch

  Allow("bob Bobs writer\n");
  Put("Bobs", "secret");
  EXPECT_FALSE(watch->Read(&change));
  EXPECT_EQ(watch->Finish().error_code(), StatusCode::UNAUTHENTICATED);
}

}  // namespace streams_test
