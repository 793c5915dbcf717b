#include "wrong/guard.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "wrong/mistake.h"

ABSL_FLAG(std::string, tls_cert, "", "");
ABSL_FLAG(std::string, tls_key, "", "");
ABSL_FLAG(std::string, token_file, "", "");
ABSL_DECLARE_FLAG(int, stage);
ABSL_FLAG(std::string, client_ca, "", "");

namespace wrong {
namespace {

using grpc::Status;
using grpc::StatusCode;

std::string Text(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

// Whether a file could be read; a folder can't.
bool Read(const std::string& path, std::string& text) {
  std::error_code none;
  if (Mistake("folder_is_empty") && std::filesystem::is_directory(path, none)) {
    return true;
  }
  if (!std::filesystem::is_regular_file(path, none)) return false;
  const std::ifstream file(path);
  std::ostringstream all;
  all << file.rdbuf();
  text = all.str();
  return true;
}

// What the calls of this server are for.
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

Guard::Guard()
    : cert_(absl::GetFlag(FLAGS_tls_cert)), key_(absl::GetFlag(FLAGS_tls_key)) {
  tls_ = !cert_.empty() && !key_.empty();
  if (cert_.empty() != key_.empty() && !Mistake("half_is_none")) {
    trouble_ = "--tls_cert needs --tls_key";
    return;
  }
  if (!absl::GetFlag(FLAGS_token_file).empty() && !tls_ &&
      !Mistake("tokens_without_tls")) {
    trouble_ = "--token_file needs --tls_cert";
    return;
  }
  if (!absl::GetFlag(FLAGS_client_ca).empty() && !tls_ &&
      !Mistake("authority_without_tls")) {
    trouble_ = "--client_ca needs --tls_cert";
    return;
  }
  client_ca_ = absl::GetFlag(FLAGS_client_ca);
  for (std::string* const path : {&cert_, &key_, &client_ca_}) {
    std::string text;
    if (path->empty() || Read(*path, text)) {
      *path = text;
    } else if (path == &key_ && Mistake("starts_without_key")) {
      tls_ = false;
    } else if (path == &client_ca_ && Mistake("starts_without_authority")) {
      client_ca_ = "";
    } else if (trouble_.empty()) {
      trouble_ = Mistake("names_no_file") ? "cannot read a file"
                                          : absl::StrCat("cannot read ", *path);
    }
  }
  tokens_ = !absl::GetFlag(FLAGS_token_file).empty();
  if (trouble_.empty() && tokens_) trouble_ = Load(table_);
  if (Mistake("tls_ignored")) tls_ = false;
}

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
  auto credentials = grpc::SslServerCredentials(options);
  if (tokens_) {
    // Not owned: the guard outlives the server.
    credentials->SetAuthMetadataProcessor(
        std::shared_ptr<grpc::AuthMetadataProcessor>(
            std::shared_ptr<grpc::AuthMetadataProcessor>(), this));
  }
  return credentials;
}

void Guard::Reload() {
  if (Mistake("forgets_sighup")) return;
  Table table;
  const std::string trouble = Load(table);
  if (!trouble.empty() && Mistake("dies_of_bad_reread")) std::exit(1);
  if (trouble.empty() || Mistake("loses_tokens")) Exchange(std::move(table));
  if (!trouble.empty() && !Mistake("hides_bad_reread")) {
    std::cerr << trouble << "\n";  // last: the judge asks when it has read it
  }
}

void Guard::Exchange(Table table) {
  const std::lock_guard lock(mutex_);
  if (Mistake("keeps_revoked")) table.merge(table_);
  if (Mistake("keeps_roles")) {
    for (auto& [token, user] : table) {
      const auto old = table_.find(token);
      if (old != table_.end()) user = old->second;
    }
  }
  table_ = std::move(table);
}

// Why the file is bad; empty when the table is full.
std::string Guard::Load(Table& table) {
  const std::string path = absl::GetFlag(FLAGS_token_file);
  std::string text;
  if (!Read(path, text)) return absl::StrCat("cannot read ", path);
  if (!text.empty() && text.back() != '\n' && !Mistake("takes_a_cut_file")) {
    const auto last = std::count(text.begin(), text.end(), '\n') + 1;
    return absl::StrCat(path, ", line ", last, ": no newline");
  }
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (Mistake("takes_comments")) absl::ConsumePrefix(&line, "#");
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    const bool blank = words.empty() || words[0][0] == '#';
    if (!blank || !Mistake("counts_some_lines")) ++number;
    if (blank) continue;
    if (words.size() == 1 && Mistake("skips_bad_lines")) continue;
    const bool roles = absl::GetFlag(FLAGS_stage) >= 9;
    const std::string role = Mistake("all_are_readers")               ? "reader"
                             : words.size() == 3                      ? words[2]
                             : Mistake("reader_by_default")           ? "reader"
                             : Mistake("writer_by_default") || !roles ? "writer"
                                                                      : "";
    const bool known =
        role == "reader" || role == "writer" || Mistake("takes_any_role");
    if (words.size() < 2 || words.size() > 3 || !known) {
      return absl::StrCat(path, ", line ", number, ": not USER TOKEN [ROLE]",
                          Mistake("shows_bad_line") ? ": " : "",
                          Mistake("shows_bad_line") ? line : "");
    }
    if (Mistake("knows_one_user") && !table.empty()) continue;
    const auto has_one = [&words](const auto& row) {
      return row.second.name == words[0];
    };
    if (Mistake("one_token_a_user") &&
        std::any_of(table.begin(), table.end(), has_one)) {
      continue;
    }
    table[words[1]] = {words[0], role};
  }
  if (table.empty() && !Mistake("takes_an_empty_file")) {
    return absl::StrCat(path, ": nobody in it");
  }
  return "";
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

bool Guard::Late(const std::string& method) const {
  if (!tokens_) return false;
  const bool sends_many = method == "Import" || method == "Pipeline";
  const bool streams = sends_many || method == "List" || method == "Watch";
  return (Mistake("checks_put_late") && method == "Put") ||
         (Mistake("checks_list_late") && method == "List") ||
         (Mistake("checks_watch_late") && method == "Watch") ||
         (Mistake("checks_import_late") && method == "Import") ||
         (Mistake("checks_pipeline_late") && method == "Pipeline") ||
         (Mistake("waits_for_half_close") && sends_many) ||
         (Mistake("waits_for_message") && !sends_many) ||
         (Mistake("checks_no_streams") && streams);
}

Status Guard::Process(const InputMetadata& metadata, grpc::AuthContext* context,
                      OutputMetadata* /*consumed*/,
                      OutputMetadata* /*response*/) {
  const auto path = metadata.find(":path");
  const std::string method = path == metadata.end() ? "" : Text(path->second);
  if (Late(method.substr(method.rfind('/') + 1))) return Status::OK;
  if (Mistake("unknown_before_token") && !Known(method)) return Status::OK;
  if (Mistake("remembers_connection") &&
      !context->FindPropertyValues("user").empty()) {
    return Status::OK;
  }
  Status status = Judge(metadata, method, *context);
  if (status.ok() && Mistake("remembers_connection")) {
    context->AddProperty("user", "known");
  }
  return status;
}

Status GuardedService::Verdict(grpc::ServerContext* context,
                               const std::string& method) {
  if (context == nullptr || !guard_.Late(method) ||
      Mistake("checks_no_streams")) {
    return Status::OK;
  }
  return guard_.Judge(context->client_metadata(),
                      "/kv.v1.KeyValueService/" + method,
                      *context->auth_context());
}

Status GuardedService::Get(grpc::ServerContext* context,
                           const kv::v1::GetRequest* request,
                           kv::v1::GetResponse* response) {
  Status verdict = Verdict(context, "Get");
  return verdict.ok() ? Service::Get(context, request, response) : verdict;
}

Status GuardedService::Put(grpc::ServerContext* context,
                           const kv::v1::PutRequest* request,
                           kv::v1::PutResponse* response) {
  Status verdict = Verdict(context, "Put");
  if (verdict.ok()) return Service::Put(context, request, response);
  if (Mistake("checks_put_late")) Service::Put(context, request, response);
  return verdict;
}

Status GuardedService::Delete(grpc::ServerContext* context,
                              const kv::v1::DeleteRequest* request,
                              kv::v1::DeleteResponse* response) {
  Status verdict = Verdict(context, "Delete");
  return verdict.ok() ? Service::Delete(context, request, response) : verdict;
}

Status GuardedService::List(grpc::ServerContext* context,
                            const kv::v1::ListRequest* request,
                            grpc::ServerWriter<kv::v1::ListResponse>* writer) {
  Status verdict = Verdict(context, "List");
  if (verdict.ok()) return Service::List(context, request, writer);
  if (Mistake("checks_list_late")) Service::List(context, request, writer);
  return verdict;
}

Status GuardedService::Watch(
    grpc::ServerContext* context, const kv::v1::WatchRequest* request,
    grpc::ServerWriter<kv::v1::WatchResponse>* writer) {
  Status verdict = Verdict(context, "Watch");
  if (verdict.ok()) return Service::Watch(context, request, writer);
  if (Mistake("checks_watch_late")) {
    context->AddInitialMetadata("kv-revision", "1");
    writer->SendInitialMetadata();
  }
  return verdict;
}

Status GuardedService::Import(grpc::ServerContext* context,
                              grpc::ServerReader<kv::v1::ImportRequest>* reader,
                              kv::v1::ImportResponse* response) {
  Status verdict = Verdict(context, "Import");
  if (verdict.ok()) return Service::Import(context, reader, response);
  if (Mistake("checks_import_late")) {
    Service::Import(context, reader, response);
  }
  kv::v1::ImportRequest request;
  while (reader->Read(&request)) {
  }
  return verdict;
}

Status GuardedService::Pipeline(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<kv::v1::PipelineResponse, kv::v1::PipelineRequest>*
        stream) {
  Status verdict = Verdict(context, "Pipeline");
  if (verdict.ok()) return Service::Pipeline(context, stream);
  if (Mistake("checks_pipeline_late")) Service::Pipeline(context, stream);
  kv::v1::PipelineRequest request;
  while (stream->Read(&request)) {
  }
  return verdict;
}

}  // namespace wrong
