// The processor of stage 09 at a real port: which calls it lets through.
#include "auth/auth_processor.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "auth/auth_interceptor.h"
#include "auth/tokens.h"
#include "guarded.h"
#include "service/service.h"
#include "store/store.h"

namespace processor_test {

using grpc::StatusCode;

constexpr char kAlice[] = "alices-token-for-trying-out";
constexpr char kBob[] = "bobs-token-for-trying-out";  // may only read

// The stage's `tokens`, with a service that counts the calls that get in.
class Port : public testing::Test {
 protected:
  Port() { EXPECT_TRUE(tokens_.Read(TOKENS).ok()); }

  std::shared_ptr<kv::AuthProcessor> Processor() {
    return std::make_shared<kv::AuthProcessor>(tokens_, /*certificates=*/false,
                                               /*log=*/nullptr);
  }
  void ExpectInvalid(const Outcome& outcome) const {
    EXPECT_EQ(outcome.status.error_code(), StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(outcome.status.error_message(), "Invalid signature");
    EXPECT_EQ(outcome.messages, 0);
    EXPECT_EQ(witness_.entered(), 0);
  }

  kv::Tokens tokens_;
  Witness witness_;
  const Guarded guarded_{witness_, Processor()};
  const std::shared_ptr<grpc::Channel> channel_ = guarded_.Connect();
};

TEST_F(Port, AWriterMayCallAll) {
  int calls = 0;
  for (const char* const method :
       {"Get", "List", "Import", "Pipeline", "Put", "Delete", "Watch"}) {
    EXPECT_TRUE(Call(channel_, method, {kAlice}).status.ok()) << method;
    EXPECT_EQ(witness_.entered(), ++calls);
  }
}

TEST_F(Port, OnlyOneRightTokenOpensIt) {
  const std::string right = kAlice;
  const std::vector<std::vector<std::string>> wrong = {
      {},                        // none
      {""},                      // an empty one
      {"alice"},                 // the name
      {right.substr(0, 10)},     // the beginning
      {right + "x"},             // more
      {"A" + right.substr(1)},   // upper case
      {right, "x"},              // two, in either order
      {"x", right},              //
      {right, right},            // twice the same
      {right + "," + right},     // as some proxies join them
      {std::string(7000, 'a')},  // very long
  };
  for (const auto& tokens : wrong) {
    for (const char* const method : kOfEachKind) {
      SCOPED_TRACE(std::string(method) +
                   testing::PrintToString(tokens).substr(0, 80));
      ExpectInvalid(Call(channel_, method, tokens));
    }
    for (const char* const method : kOthers)
      ExpectInvalid(Call(channel_, method, tokens));
  }
}

TEST_F(Port, OfATooLongOneNothingIsRead) {
  const Outcome outcome = Call(channel_, "Get", {std::string(16 << 10, 'a')});
  EXPECT_FALSE(outcome.status.ok());  // all metadata: 8 KiB, gRPC's own limit
  EXPECT_EQ(witness_.entered(), 0);
}

TEST_F(Port, AnUnknownMethodIsNoWayIn) {
  const std::string unknown = "/no.such.Service/Method";
  ExpectInvalid(Call(channel_, unknown, {"x"}));
  EXPECT_EQ(Call(channel_, unknown, {kBob}).status.error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Call(channel_, unknown, {kAlice}).status.error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST_F(Port, AnswersAtOnceWhateverTheClientHolds) {
  for (const char* const method : kOfEachKind) {
    ExpectInvalid(Call(channel_, method, {"x"}, Sends::kNoHalfClose));
    ExpectInvalid(Call(channel_, method, {"x"}, Sends::kNothing));
  }
}

TEST_F(Port, OfALongPathTheLogHasTheBeginning) {
  testing::internal::CaptureStderr();
  {
    kv::Log log;
    const Guarded logged(witness_, std::make_shared<kv::AuthProcessor>(
                                       tokens_, /*certificates=*/false, &log));
    ExpectInvalid(
        Call(logged.Connect(), "/" + std::string(7000, '\x7f'), {"x"}));
  }
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(line.rfind("/\\x7f\\x7f", 0), 0U) << line;
  EXPECT_LT(line.size(), 500U);
}

TEST_F(Port, AReaderMayGetListAndWatch) {
  for (const char* const method : {"Get", "List", "Watch"}) {
    EXPECT_TRUE(Call(channel_, method, {kBob}).status.ok()) << method;
  }
  EXPECT_EQ(witness_.entered(), 3);
  for (const char* const method : {"Put", "Delete", "Import", "Pipeline"}) {
    const Outcome outcome = Call(channel_, method, {kBob});
    EXPECT_EQ(outcome.status.error_code(), StatusCode::PERMISSION_DENIED)
        << method;
    EXPECT_EQ(outcome.status.error_message(), "bob may only read");
    EXPECT_EQ(outcome.messages, 0) << method;
  }
  EXPECT_EQ(witness_.entered(), 3);  // still
}

TEST_F(Port, LooksAtEachCallOfAConnection) {
  EXPECT_TRUE(Call(channel_, "Put", {kAlice}).status.ok());
  EXPECT_EQ(Call(channel_, "Put", {kBob}).status.error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Call(channel_, "Put", {}).status.error_code(),
            StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(Call(channel_, "Put", {kAlice}).status.ok());
}

// The stage's own service behind both: interceptor and processor.
class Beside : public Port {
 protected:
  Guarded::Interceptors Auth() {
    Guarded::Interceptors interceptors;
    interceptors.push_back(
        std::make_unique<kv::AuthInterceptorFactory>(&tokens_));
    return interceptors;
  }
  bool Stored() { return store_.Get("city").ok(); }

  kv::Store store_;
  kv::KeyValueServiceImpl service_{store_};
  const Guarded server_{service_, Processor(), ServerTls(), Auth()};
};

// Puts "city".
grpc::Status Put(const std::shared_ptr<grpc::Channel>& channel,
                 const std::string& token) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  context.AddMetadata("token", token);
  kv::v1::PutRequest request;
  request.set_key("city");
  kv::v1::PutResponse response;
  return kv::v1::KeyValueService::NewStub(channel)->Put(&context, request,
                                                        &response);
}

TEST_F(Beside, TheInterceptorRefusesWhatPassesTheProcessorBy) {
  for (const auto& way : {server_.ConnectBeside(), server_.InProcess()}) {
    const grpc::Status status = Put(way, "x");
    EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(status.error_message(), "Invalid signature");
    EXPECT_FALSE(Stored());
  }
}

TEST_F(Beside, ButItKnowsNoRoles) {
  EXPECT_EQ(Put(server_.Connect(), kBob).error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_FALSE(Stored());
  EXPECT_TRUE(
      Put(server_.ConnectBeside(), kBob).ok());  // the port without a processor
  EXPECT_TRUE(Stored());
}

TEST_F(Port, WithoutTheInterceptorTheyWouldBeIn) {
  EXPECT_TRUE(Call(guarded_.ConnectBeside(), "Put", {"x"}).status.ok());
  EXPECT_TRUE(Call(guarded_.InProcess(), "Put", {"x"}).status.ok());
  EXPECT_EQ(witness_.entered(), 2);
}

}  // namespace processor_test
