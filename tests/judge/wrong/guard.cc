#include "wrong/guard.h"

#include <algorithm>
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "wrong/mistake.h"
#include "wrong/operations.h"

ABSL_FLAG(bool, log_calls, false, "log who calls");

namespace wrong {
namespace {

using grpc::Status;
using grpc::StatusCode;

std::string Text(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

// Whether this is a method of the server's service.
bool Known(const std::string& method) {
  return absl::StartsWith(method, "/kv.v1.KeyValueService/") &&
         !absl::EndsWith(method, "NoSuchMethod");
}

Status Refused() {
  const auto code = Mistake("wrong_code") ? StatusCode::PERMISSION_DENIED
                                          : StatusCode::UNAUTHENTICATED;
  return {code, Mistake("wrong_message") ? "bad token" : "Invalid signature"};
}

// The first DNS name of the client's certificate, or its CN without one.
std::string Name(const grpc::AuthContext& peer) {
  std::vector<const char*> keys = {GRPC_PEER_DNS_PROPERTY_NAME,
                                   GRPC_X509_CN_PROPERTY_NAME};
  if (Mistake("takes_common_name")) std::reverse(keys.begin(), keys.end());
  if (Mistake("needs_dns_name")) keys.pop_back();
  for (const char* const key : keys) {
    const auto names = peer.FindPropertyValues(key);
    if (!names.empty()) return Text(names[0]);
  }
  return "";
}

}  // namespace

std::shared_ptr<grpc::ServerCredentials> Guard::Credentials() {
  if (!tls_) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({key_, cert_});
  if (!client_ca_.empty()) {
    options.pem_root_certs = client_ca_;
    options.client_certificate_request =
        Mistake("needs_no_certificate")
            ? GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY
        : Mistake("takes_any_certificate")
            ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY
            : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  auto credentials = Operations::Wanted() && client_ca_.empty()
                         ? Operations::Credentials()
                         : grpc::SslServerCredentials(options);
  if (tokens_) {
    // gRPC gets a pointer that does not own the guard, which outlives the
    // server.
    credentials->SetAuthMetadataProcessor(
        std::shared_ptr<grpc::AuthMetadataProcessor>(
            std::shared_ptr<grpc::AuthMetadataProcessor>(), this));
  }
  return credentials;
}

const Guard::User* Guard::Find(const std::string& token) const {
  for (const auto& [right, user] : table_) {
    const bool same =
        token == right ||
        (Mistake("takes_prefix") && !token.empty() &&
         absl::StartsWith(right, token)) ||
        (Mistake("takes_longer") && absl::StartsWith(token, right)) ||
        (Mistake("ignores_case") && absl::EqualsIgnoreCase(token, right)) ||
        (Mistake("takes_user") && token == user.name) ||
        (Mistake("takes_empty") && token.empty()) ||
        (Mistake("takes_any") && !token.empty()) ||
        (Mistake("takes_huge") && token.size() > 8000);
    if (same) return &user;
  }
  return nullptr;
}

Status Guard::Judge(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata,
    const std::string& method, const grpc::AuthContext& peer) {
  const std::string short_name = method.substr(method.rfind('/') + 1);
  std::vector<std::string> given;
  std::string claim;
  for (const auto& [key, value] : metadata) {
    const std::string name = Text(key);
    if (name == "token" ||
        (name == "authorization" && Mistake("takes_authorization")) ||
        (name == "token-bin" && Mistake("takes_binary"))) {
      given.push_back(Text(value));
    }
    if (name == "auth-user") claim = Text(value);
  }
  if (Mistake("trusts_auth_user") && !claim.empty()) return Status::OK;
  const std::lock_guard lock(mutex_);
  const User* user = given.size() == 1 ? Find(given[0]) : nullptr;
  if (given.size() == 2) {
    const User* const first = Find(given[0]);
    const User* const second = Find(given[1]);
    if (Mistake("takes_first")) user = first;
    if (Mistake("takes_last")) user = second;
    if (Mistake("takes_one_of_two")) user = first != nullptr ? first : second;
    if (Mistake("takes_the_same_twice") && first == second) user = first;
  }
  if (user == nullptr) {
    if (Mistake("prints_token") && !given.empty()) {
      std::cerr << "wrong token: " << given[0] << std::endl;
    }
    return Refused();
  }
  if (absl::GetFlag(FLAGS_log_calls)) {
    // What is left of a long name in memory that was freed.
    std::string name = user->name;
    if (Mistake("logs_freed_name")) {
      name.replace(0, 16, std::string(16, '?'));
    }
    if (Mistake("logs_token_with_call")) name += " " + given[0];
    std::cerr << absl::StrCat(short_name, " by ", name, "\n");
  }
  const auto all_names = peer.FindPropertyValues(GRPC_X509_SAN_PROPERTY_NAME);
  const bool any_name = Mistake("takes_any_name") &&
                        std::any_of(all_names.begin(), all_names.end(),
                                    [&](const grpc::string_ref& name) {
                                      return Text(name) == user->name;
                                    });
  if (!client_ca_.empty() && !Mistake("ignores_certificate_name") &&
      !any_name && Name(peer) != user->name &&
      !Mistake("needs_no_certificate")) {
    return Refused();
  }
  std::string role = user->role;
  if (Mistake("trusts_claimed_role")) {
    for (const auto& [token, other] : table_) {
      if (other.name == claim) role = other.role;
    }
  }
  if (role != "reader") return Status::OK;
  std::vector<std::string> allowed = {"Get", "List", "Watch"};
  if (Mistake("readers_may_not_watch")) allowed.pop_back();
  if (Mistake("readers_may_put")) allowed.emplace_back("Put");
  if (Mistake("readers_may_import")) allowed.emplace_back("Import");
  if (Mistake("readers_may_pipeline")) allowed.emplace_back("Pipeline");
  if (Mistake("readers_may_what_is_unknown") && !Known(method)) {
    return Status::OK;
  }
  const bool may =
      absl::StartsWith(method, "/kv.v1.KeyValueService/") &&
      std::find(allowed.begin(), allowed.end(), short_name) != allowed.end();
  if (may) return Status::OK;
  return {Mistake("reader_is_unknown") ? StatusCode::UNAUTHENTICATED
                                       : StatusCode::PERMISSION_DENIED,
          "readers may not"};
}

bool Guard::IsLate(const std::string& rpc) const {
  if (!tokens_) return false;
  const bool sends_many = rpc == "Import" || rpc == "Pipeline";
  const bool streams = sends_many || rpc == "List" || rpc == "Watch";
  return Mistake("proceeds_if_right") ||
         (Mistake("checks_put_late") && rpc == "Put") ||
         (Mistake("checks_list_late") && rpc == "List") ||
         (Mistake("checks_watch_late") && rpc == "Watch") ||
         (Mistake("checks_import_late") && rpc == "Import") ||
         (Mistake("checks_pipeline_late") && rpc == "Pipeline") ||
         (Mistake("waits_for_half_close") && sends_many) ||
         (Mistake("waits_for_message") && !sends_many) ||
         (Mistake("checks_no_streams") && streams);
}

Status Guard::Process(const InputMetadata& metadata, grpc::AuthContext* context,
                      OutputMetadata* /*consumed*/,
                      OutputMetadata* /*response*/) {
  const auto path = metadata.find(":path");
  const std::string method = path == metadata.end() ? "" : Text(path->second);
  if (IsLate(method.substr(method.rfind('/') + 1))) return Status::OK;
  if (Mistake("unknown_before_token") && !Known(method)) return Status::OK;
  if (Mistake("remembers_connection") &&
      !context->FindPropertyValues("user").empty()) {
    return Status::OK;
  }
  const bool balancer = Operations::Wanted() &&
                        method == "/grpc.health.v1.Health/Check" &&
                        !Mistake("health_needs_a_token");
  const bool open = Mistake("health_watch_is_open") &&
                    absl::StartsWith(method, "/grpc.health");
  if (balancer || open) return Status::OK;
  if (Mistake("reflection_is_open") &&
      absl::StrContains(method, "reflection")) {
    return Status::OK;
  }
  Status status = Judge(metadata, method, *context);
  if (!status.ok()) Operations::Log(method, status.error_code());
  const StatusCode code = status.error_code();
  if ((code == StatusCode::UNAUTHENTICATED &&
       Mistake("strangers_take_places")) ||
      (code == StatusCode::PERMISSION_DENIED &&
       Mistake("readers_take_places"))) {
    ++lost_;
  }
  if (status.ok() && Mistake("remembers_connection")) {
    context->AddProperty("user", "known");
  }
  return status;
}

Status Guard::Late(grpc::ServerContext* context, const std::string& rpc) {
  if (context == nullptr || !IsLate(rpc) || Mistake("checks_no_streams")) {
    return Status::OK;
  }
  Status status =
      Judge(context->client_metadata(), "/kv.v1.KeyValueService/" + rpc,
            *context->auth_context());
  while (!status.ok() && Mistake("proceeds_if_right") &&
         !context->IsCancelled()) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  return status;
}

}  // namespace wrong
