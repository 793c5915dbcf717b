// A certificate for each client, beside its token.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "auth/auth_processor.h"
#include "auth/tls.h"
#include "auth/tokens.h"
#include "guarded.h"

namespace certificates_test {

using grpc::StatusCode;

constexpr char kAlice[] = "alices-token-for-trying-out";
constexpr char kBob[] = "bobs-token-for-trying-out";

std::shared_ptr<grpc::ChannelCredentials> Foreign() {
  return kv::TlsChannelCredentials(Cert("ca.crt"), Cert("other/alice.crt"),
                                   Cert("other/alice.key"))
      .value();
}

// A port that accepts only clients with a certificate signed by ca.crt.
class Certificates : public testing::Test {
 protected:
  Certificates() { EXPECT_TRUE(tokens_.Read(TOKENS).ok()); }

  Outcome Call(const std::shared_ptr<grpc::ChannelCredentials>& credentials,
               const std::string& token) const {
    return ::Call(guarded_.Connect(credentials), "Get", {token});
  }

  kv::Tokens tokens_;
  Witness witness_;
  const Guarded guarded_{witness_,
                         std::make_shared<kv::AuthProcessor>(
                             tokens_, /*certificates=*/true, /*log=*/nullptr),
                         ServerTls(Cert("ca.crt"))};
};

TEST_F(Certificates, TokenAndCertificateMustAgree) {
  EXPECT_TRUE(Call(Guarded::ClientTls("alice"), kAlice).status.ok());
  EXPECT_TRUE(Call(Guarded::ClientTls("bob"), kBob).status.ok());
  EXPECT_EQ(witness_.entered(), 2);

  const Outcome stolen = Call(Guarded::ClientTls("bob"), kAlice);
  EXPECT_EQ(stolen.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(stolen.status.error_message(), "Invalid signature");
  EXPECT_EQ(Call(Guarded::ClientTls("alice"), kBob).status.error_code(),
            StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Call(Guarded::ClientTls("alice"), "x").status.error_code(),
            StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(witness_.entered(), 2);
}

TEST_F(Certificates, WithoutAKnownOneNobodyConnects) {
  for (const auto& credentials : {Guarded::ClientTls(), Foreign()}) {
    const grpc::Status status = Call(credentials, kAlice).status;
    EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
    EXPECT_NE(status.error_message().find("Socket closed"), std::string::npos)
        << status.error_message();
  }
  EXPECT_EQ(witness_.entered(), 0);
}

// What a handler learns about a client from TLS.
std::map<std::string, std::string> PropertiesOf(const std::string& client_ca,
                                                const std::string& name) {
  std::map<std::string, std::string> properties;
  Witness witness;
  witness.look = [&](const grpc::ServerContext& context) {
    const auto channel = context.auth_context();
    properties["authenticated"] = channel->IsPeerAuthenticated() ? "yes" : "no";
    for (const auto& [key, value] : *channel) {
      properties.emplace(std::string(key.data(), key.size()),
                         std::string(value.data(), value.size()));
    }
  };
  const Guarded guarded(witness, nullptr, ServerTls(client_ca));
  EXPECT_TRUE(
      Call(guarded.Connect(Guarded::ClientTls(name)), "Get", {}).status.ok());
  return witness.Seen(properties);
}

TEST(Properties, TellWhoHasConnected) {
  auto known = PropertiesOf(Cert("ca.crt"), "alice");
  EXPECT_EQ(known["authenticated"], "yes");
  EXPECT_EQ(known["peer_dns"], "alice");
  EXPECT_EQ(known["x509_common_name"], "alice");
  EXPECT_EQ(known["transport_security_type"], "ssl");

  auto unknown = PropertiesOf("", "");  // TLS, and no certificate asked for
  EXPECT_EQ(unknown["authenticated"], "no");
  EXPECT_EQ(unknown.count("peer_dns"), 0U);
  EXPECT_EQ(unknown["transport_security_type"], "ssl");
}

TEST(Properties, OfACertificateThatNobodyAskedForThereAreNone) {
  EXPECT_EQ(PropertiesOf("", "alice")["authenticated"], "no");
}

}  // namespace certificates_test
