// What gRPC itself does with credentials. Each claim of that kind on the page
// of stage 07 has a test here.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "auth/token_plugin.h"
#include "secure_server.h"
#include "service/service.h"
#include "store/store.h"
#include "tap.h"

namespace traps_test {

using grpc::StatusCode;
using kv::v1::KeyValueService;
using testing::Test;
using Tokens = std::vector<std::string>;

std::uint16_t Port(const std::string& target) {
  return static_cast<std::uint16_t>(
      std::stoi(target.substr(target.rfind(':') + 1)));
}

// A server with TLS, and a plugin that counts how often gRPC calls it.
class Credentials : public Test {
 protected:
  std::shared_ptr<grpc::CallCredentials> Counting(const std::string& token) {
    return FromPlugin([=](Plugin::Metadata& metadata) {
      ++asked_;
      metadata.emplace("token", token);
      return grpc::Status::OK;
    });
  }

  Running server_{ServerTls()};
  std::atomic<int> asked_ = 0;
};

TEST_F(Credentials, OfACallAreForThatCallAlone) {
  const auto channel = grpc::CreateChannel(server_.target, Trusting());
  Context with;
  with.set_credentials(Giving("token", "secret"));
  EXPECT_TRUE(Get(channel, with).ok());
  EXPECT_EQ(server_.service.tokens(), Tokens{"secret"});
  Context without;
  EXPECT_TRUE(Get(channel, without).ok());
  EXPECT_EQ(server_.service.tokens(), Tokens{});
}

TEST_F(Credentials, OfAChannelAreForAllItsCalls) {
  const auto channel = grpc::CreateChannel(
      server_.target,
      grpc::CompositeChannelCredentials(Trusting(), Counting("secret")));
  for (int call = 1; call <= 3; ++call) {
    Context context;
    EXPECT_TRUE(Get(channel, context).ok());
    EXPECT_EQ(server_.service.tokens(), Tokens{"secret"});
    EXPECT_EQ(asked_, call);  // for each call once
  }
  EXPECT_EQ(server_.service.connections(), 1U);
}

TEST_F(Credentials, AStreamIsOneCall) {
  kv::Store store;
  kv::KeyValueServiceImpl service(store);
  const Running server(ServerTls(), &service);
  const auto stub = KeyValueService::NewStub(grpc::CreateChannel(
      server.target,
      grpc::CompositeChannelCredentials(Trusting(), Counting("secret"))));
  Context context;
  const auto stream = stub->Pipeline(&context);
  kv::v1::PipelineResponse answer;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream->Write(kv::v1::PipelineRequest()));
    ASSERT_TRUE(stream->Read(&answer));
  }
  EXPECT_TRUE(stream->WritesDone());
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(asked_, 1);
}

TEST_F(Credentials, AnInsecureChannelDoesNotAskThePlugin) {
  Running open(grpc::InsecureServerCredentials());
  Context context;
  context.set_credentials(Counting("secret"));
  const grpc::Status status =
      Get(grpc::CreateChannel(open.target, grpc::InsecureChannelCredentials()),
          context);
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(open.service.connections(), 0U);  // no call arrived
}

TEST_F(Credentials, BothAtOnceAndAddMetadataAreThree) {
  const auto channel = grpc::CreateChannel(
      server_.target,
      grpc::CompositeChannelCredentials(Trusting(), Giving("token", "one")));
  Context context;
  context.set_credentials(Giving("token", "two"));
  context.AddMetadata("token", "three");
  EXPECT_TRUE(Get(channel, context).ok());
  EXPECT_EQ(server_.service.tokens().size(), 3U);
}

// Remembers what it was told about the call.
class Curious final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit Curious(std::string& told) : told_(told) {}
  grpc::Status GetMetadata(grpc::string_ref service_url,
                           grpc::string_ref method_name,
                           const grpc::AuthContext& /*channel*/,
                           Plugin::Metadata* /*metadata*/) override {
    told_.append(service_url.data(), service_url.size());
    told_.append(" ").append(method_name.data(), method_name.size());
    return grpc::Status::OK;
  }

 private:
  std::string& told_;
};

TEST_F(Credentials, ThePluginIsToldWhatIsCalled) {
  std::string told;
  Context context;
  context.set_credentials(
      grpc::MetadataCredentialsFromPlugin(std::make_unique<Curious>(told)));
  EXPECT_TRUE(
      Get(grpc::CreateChannel(server_.target, Trusting()), context).ok());
  EXPECT_EQ(told, "https://" + server_.target + "/kv.v1.KeyValueService Get");
}

TEST_F(Credentials, TheServerSeesKeysInLowerCaseAndTheUserAgent) {
  const auto channel = grpc::CreateChannel(server_.target, Trusting());
  Context context;
  context.set_credentials(Giving("token", "secret"));
  EXPECT_TRUE(Get(channel, context).ok());
  EXPECT_EQ(server_.service.keys(),
            (std::set<std::string>{"token", "user-agent"}));
}

TEST(StringRef, IsAPieceOfSomebodyElsesBytes) {
  const std::string bytes = "token: secret";
  const grpc::string_ref key(bytes.data(), 5);
  EXPECT_EQ(std::string(key.data(), key.size()), "token");
  EXPECT_EQ(std::string(key.data()), "token: secret");  // not what you want
}

TEST(Wire, AddMetadataOnAnInsecureChannelGoesOutInClear) {
  Running server(grpc::InsecureServerCredentials());
  const Tap tap(Port(server.target));
  {
    Context context;
    context.AddMetadata("token", "secret-for-all-to-see");
    EXPECT_TRUE(Get(grpc::CreateChannel(tap.target(),
                                        grpc::InsecureChannelCredentials()),
                    context)
                    .ok());
  }
  EXPECT_TRUE(absl::StrContains(tap.sent(), "secret-for-all-to-see"));
}

TEST(Wire, TlsHidesIt) {
  Running server(ServerTls());
  const Tap tap(Port(server.target));
  {
    Context context;
    context.set_credentials(Giving("token", "secret-for-all-to-see"));
    EXPECT_TRUE(
        Get(grpc::CreateChannel(tap.target(), Trusting()), context).ok());
  }
  EXPECT_EQ(server.service.tokens(), Tokens{"secret-for-all-to-see"});
  EXPECT_FALSE(tap.sent().empty());
  EXPECT_FALSE(absl::StrContains(tap.sent(), "secret-for-all-to-see"));
}

TEST(Name, CanBeOverriddenInATest) {
  Running other(ServerTls("other/server"));  // for other.example alone
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("other.example");
  Context context;
  EXPECT_TRUE(Get(grpc::CreateCustomChannel(other.target, Trusting("other/ca"),
                                            arguments),
                  context)
                  .ok());
}

TEST(WaitForReady, HidesTheReason) {
  const Running open(grpc::InsecureServerCredentials());
  const Running tls(ServerTls());
  const Running other(ServerTls("other/server"));
  const auto insecure = grpc::InsecureChannelCredentials();
  for (const auto& channel :
       {grpc::CreateChannel(tls.target, Trusting("other/ca")),
        grpc::CreateChannel(other.target, Trusting("other/ca")),
        grpc::CreateChannel(tls.target, insecure),
        grpc::CreateChannel(open.target, Trusting())}) {
    Context context(std::chrono::milliseconds(300));
    context.set_wait_for_ready(true);
    const grpc::Status status = Get(channel, context);
    EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
    EXPECT_EQ(status.error_message(), "Deadline Exceeded");
  }
}

TEST_F(Credentials, ChannelsShareAConnectionOnlyWithTheSameObject) {
  const auto tls = Trusting();
  const auto one = grpc::CreateChannel(server_.target, tls);
  const auto two = grpc::CreateChannel(server_.target, tls);
  for (const auto& channel : {one, two}) {
    Context context;
    EXPECT_TRUE(Get(channel, context).ok());
  }
  EXPECT_EQ(server_.service.connections(), 1U);

  const auto equal = grpc::CreateChannel(server_.target, Trusting());
  const auto composed = grpc::CreateChannel(
      server_.target,
      grpc::CompositeChannelCredentials(tls, Giving("token", "secret")));
  for (const auto& channel : {equal, composed}) {
    Context context;
    EXPECT_TRUE(Get(channel, context).ok());
  }
  EXPECT_EQ(server_.service.connections(), 3U);
}

// The environment of this test names our authority as the system's.
TEST_F(Credentials, AnEmptyAuthorityIsTheSystems) {
  const grpc::SslCredentialsOptions options;  // .pem_root_certs is empty
  Context context;
  EXPECT_TRUE(
      Get(grpc::CreateChannel(server_.target, grpc::SslCredentials(options)),
          context)
          .ok());
}

TEST_F(Credentials, AnAuthorityThatIsNoneHasAMessageOfItsOwn) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = "-----BEGIN CERTIFICATE-----\ncut";
  Context context;
  const grpc::Status status =
      Get(grpc::CreateChannel(server_.target, grpc::SslCredentials(options)),
          context);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "empty address list: ");
}

// The stage's own plugin, and its file.
class Refresh : public Credentials {
 protected:
  ~Refresh() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  grpc::Status Call() {
    Context context;
    return Get(channel_, context);
  }

  const std::filesystem::path folder_ = [] {
    std::string name = testing::TempDir() + "refreshXXXXXX";
    return std::filesystem::path(mkdtemp(name.data()));
  }();
  const std::string file_ = folder_ / "alice.token";
  const std::shared_ptr<grpc::Channel> channel_ = grpc::CreateChannel(
      server_.target,
      grpc::CompositeChannelCredentials(
          Trusting(), grpc::MetadataCredentialsFromPlugin(
                          std::make_unique<kv::TokenPlugin>(file_))));
};

TEST_F(Refresh, TheNextCallCarriesTheNewToken) {
  Write("alice.token", "alice old");
  EXPECT_TRUE(Call().ok());
  EXPECT_EQ(server_.service.tokens(), Tokens{"old"});

  Write("new", "alice new");
  std::filesystem::rename(folder_ / "new", file_);  // mv new alice.token
  EXPECT_TRUE(Call().ok());
  EXPECT_EQ(server_.service.tokens(), Tokens{"new"});
  EXPECT_EQ(server_.service.connections(), 1U);
}

TEST_F(Refresh, AFileThatIsBeingEditedIsEmptyForAMoment) {
  std::ofstream editing(file_);  // > alice.token: it is empty from here on
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(),
            "Getting metadata from plugin failed with error: " + file_ +
                ": not one token of visible ASCII characters");
}

TEST_F(Refresh, AFileThatIsGone) {
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(
      status.error_message(),
      "Getting metadata from plugin failed with error: cannot read " + file_);
}

TEST_F(Credentials, AnErrorOfThePluginLosesItsCodeAndSendsNothing) {
  const auto refusing = FromPlugin([](Plugin::Metadata& /*metadata*/) {
    return grpc::Status(StatusCode::NOT_FOUND, "nobody is logged in");
  });
  Context context;
  context.set_credentials(refusing);
  const grpc::Status status =
      Get(grpc::CreateChannel(server_.target, Trusting()), context);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(server_.service.connections(), 0U);  // no call arrived
}

TEST_F(Credentials, WhatMetadataMayBe) {
  const auto channel = grpc::CreateChannel(server_.target, Trusting());
  const auto call = [&](const std::string& key, const std::string& value) {
    Context context;
    context.set_credentials(Giving(key, value));
    return Get(channel, context).error_code();
  };
  EXPECT_EQ(call("a-b_c.9", "from ! to ~"), StatusCode::OK);
  EXPECT_EQ(call("token-bin", "\n\xff"), StatusCode::OK);
  for (const char* key : {"Token", "to ken", ":token", ""}) {
    EXPECT_EQ(call(key, "secret"), StatusCode::UNAVAILABLE) << key;
  }
  for (const char* value : {"secret\n", "s\tcret", "s\xc3\xa9", "\x7f"}) {
    EXPECT_EQ(call("token", value), StatusCode::UNAVAILABLE) << value;
  }
}

// Whether a plugin runs on the thread of the call.
TEST_F(Credentials, APluginThatBlocksHasAThreadOfItsOwn) {
  const auto channel = grpc::CreateChannel(server_.target, Trusting());
  const auto on_this_thread = [&](bool blocking) {
    std::thread::id asked;
    Context context;
    context.set_credentials(FromPlugin(
        [&](Plugin::Metadata& /*metadata*/) {
          asked = std::this_thread::get_id();
          return grpc::Status::OK;
        },
        blocking));
    EXPECT_TRUE(Get(channel, context).ok());
    return asked == std::this_thread::get_id();
  };
  EXPECT_FALSE(on_this_thread(true));  // while the channel connects
  for (int call = 0; call < 20; ++call) {
    EXPECT_FALSE(on_this_thread(true));
    EXPECT_TRUE(on_this_thread(false));
  }
}

TEST(PluginDefault, IsBlocking) {
  std::string told;
  EXPECT_TRUE(Curious(told).IsBlocking());
}

TEST(AddMetadataDeathTest, AnIllegalValueAbortsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Running server(ServerTls());
  Context context;
  context.AddMetadata("token", "secret\n");
  EXPECT_DEATH(
      (void)Get(grpc::CreateChannel(server.target, Trusting()), context),
      "API misuse of type GRPC_CALL_ERROR_INVALID_METADATA observed");
}

}  // namespace traps_test
