// The channel of the wrong client: target, service config, TLS, certificate and
// token.
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/validate_service_config.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "wrong/client.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::string, service_config, "", "");
ABSL_FLAG(std::string, ca, "", "");
ABSL_FLAG(std::string, token_file, "", "");
ABSL_FLAG(bool, per_call, false, "");
ABSL_FLAG(std::string, cert, "", "");
ABSL_FLAG(std::string, key, "", "");

namespace wrong {
namespace {

using grpc::experimental::TlsChannelCredentialsOptions;

// Reads a file. Fails for a folder, too.
std::optional<std::string> Contents(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return std::nullopt;
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The token of the file's line, or with a mistake the whole line.
std::string TokenIn(const std::string& text) {
  std::string line(absl::StripAsciiWhitespace(text));
  if (Mistake("sends_the_line")) return line;
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (Mistake("needs_a_user") && words.size() < 2) return "";
  return Mistake("sends_the_first_word") ? words.front() : words.back();
}

class Plugin final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit Plugin(std::string token) : token_(std::move(token)) {}

  bool IsBlocking() const override { return false; }
  grpc::Status GetMetadata(
      grpc::string_ref /*service_url*/, grpc::string_ref method_name,
      const grpc::AuthContext& /*channel*/,
      std::multimap<std::string, std::string>* metadata) override {
    const std::string method(method_name.data(), method_name.size());
    const bool unary = method == "Get" || method == "Put" || method == "Delete";
    if (Mistake("token_on_unary_alone") && !unary) return grpc::Status::OK;
    if (Mistake("token_as_bearer")) {
      metadata->emplace("authorization", "Bearer " + token_);
      return grpc::Status::OK;
    }
    metadata->emplace("token", token_);
    if (Mistake("token_twice")) metadata->emplace("token", token_);
    if (Mistake("says_user")) metadata->emplace("user", "alice");
    return grpc::Status::OK;
  }

 private:
  const std::string token_;
};

// TLS that verifies the CA but not the server's name, or neither of them.
std::shared_ptr<grpc::ChannelCredentials> Careless(const std::string& ca) {
  TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::StaticDataCertificateProvider>(ca));
  options.watch_root_certs();
  options.set_certificate_verifier(
      std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  if (Mistake("takes_any_authority")) options.set_verify_server_certs(false);
  return grpc::experimental::TlsCredentials(options);
}

// What is wrong with a service config; empty if nothing is.
std::string ConfigMistake(const std::string& json) {
  if (Mistake("takes_any_config")) return "";
  if (absl::StrContains(json, "hedgingPolicy") && !Mistake("takes_hedging")) {
    return "no hedgingPolicy";
  }
  if (absl::StrContains(json, "\"maxAttempts\": 9") &&
      !Mistake("takes_nine_attempts")) {
    return "maxAttempts is more than 5";
  }
  const std::string error = grpc::experimental::ValidateServiceConfigJSON(json);
  return Mistake("explains_no_config") && !error.empty() ? "invalid" : error;
}

std::string OwnConfig() {
  return absl::StrCat(
      "{", Mistake("picks_first") ? "" : R"("loadBalancingConfig": [)",
      Mistake("picks_first") ? "" : R"({"round_robin": {}}], )",
      R"("healthCheckConfig": {)",
      Mistake("ignores_health") ? "" : R"("serviceName": "")", "}}");
}

}  // namespace

std::shared_ptr<grpc::Channel> NewChannel(
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  const bool retry = absl::GetFlag(FLAGS_retry);
  std::string config = retry ? OwnConfig() : "{}";
  if (!retry && !Mistake("config_wins")) {
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  }
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  if (const std::string path = absl::GetFlag(FLAGS_service_config);
      !path.empty() && !Mistake("ignores_config")) {
    config = Contents(path).value_or("");
    if (const std::string why = ConfigMistake(config); !why.empty()) {
      std::cerr << (Mistake("names_no_config") ? "the config" : path) << ": "
                << why << "\n";
      return nullptr;
    }
  }
  arguments.SetServiceConfigJSON(config);
  std::string target = absl::GetFlag(FLAGS_target);
  if (Mistake("other_target")) target = "127.0.0.1:1";
  if (Mistake("takes_first_address")) {
    target = target.substr(0, target.find(','));
  }
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

std::shared_ptr<grpc::ChannelCredentials> Credentials() {
  const std::string ca = absl::GetFlag(FLAGS_ca);
  const std::string cert = absl::GetFlag(FLAGS_cert);
  const std::string key = absl::GetFlag(FLAGS_key);
  const std::string token_file = absl::GetFlag(FLAGS_token_file);
  const auto fail = [](const std::string& why) {
    std::cerr << why << "\n";
    return nullptr;
  };
  if (ca.empty() && !token_file.empty() && !Mistake("token_in_the_open")) {
    return fail("--token_file needs --ca");
  }
  if (cert.empty() != key.empty() && !Mistake("half_is_none")) {
    return fail("--cert needs --key");
  }
  if (ca.empty() && !cert.empty()) return fail("--cert needs --ca");
  std::string read[4];
  const std::string* const paths[] = {&ca, &cert, &key, &token_file};
  for (std::size_t i = 0; i < std::size(paths); ++i) {
    if (paths[i]->empty()) continue;
    const auto text = Contents(*paths[i]);
    if (!text.has_value() && Mistake("names_no_file")) {
      return fail("cannot read a file");
    }
    const bool token = paths[i] == &token_file;
    if (!text.has_value() && !(token && Mistake("goes_without_token"))) {
      return fail("cannot read " + *paths[i]);
    }
    read[i] = text.value_or("");
  }
  if (Mistake("speaks_tls")) return grpc::SslCredentials({});
  if (ca.empty() || Mistake("ignores_ca")) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = read[0];
  if (!cert.empty() && !key.empty() && !Mistake("shows_no_certificate")) {
    options.pem_cert_chain = read[1];
    options.pem_private_key = read[2];
  }
  const bool careless =
      Mistake("checks_no_name") || Mistake("takes_any_authority");
  auto credentials =
      careless ? Careless(read[0]) : grpc::SslCredentials(options);
  if (read[3].empty() || absl::GetFlag(FLAGS_per_call)) return credentials;
  return grpc::CompositeChannelCredentials(
      credentials, grpc::MetadataCredentialsFromPlugin(
                       std::make_unique<Plugin>(TokenIn(read[3]))));
}

void Prepare(grpc::ClientContext& context) {
  const std::string path = absl::GetFlag(FLAGS_token_file);
  if (path.empty()) return;
  const std::string token = TokenIn(Contents(path).value_or(""));
  if (absl::GetFlag(FLAGS_per_call) && !Mistake("per_call_is_never")) {
    context.AddMetadata("token", token);
  }
  if (Mistake("token_in_the_open") && absl::GetFlag(FLAGS_ca).empty()) {
    context.AddMetadata("token", token);
  }
}

std::string Indiscretion() {
  const std::string path = absl::GetFlag(FLAGS_token_file);
  if (!Mistake("tells_token") || path.empty()) return "";
  return absl::StrCat(" (token ", TokenIn(Contents(path).value_or("")), ")");
}

}  // namespace wrong
