#include "wrong/operations.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "wrong/mistake.h"

ABSL_DECLARE_FLAG(int, stage);
ABSL_DECLARE_FLAG(bool, log_calls);
ABSL_FLAG(absl::Duration, drain, absl::ZeroDuration(), "before the stop");
ABSL_FLAG(bool, reflection, false, "");
ABSL_FLAG(int, max_calls_per_user, 0, "");
ABSL_FLAG(int, max_watches_per_user, 0, "");

namespace wrong {
namespace {

constexpr char kService[] = "kv.v1.KeyValueService";

// How many calls each user has, and, with a prefix, watches.
std::mutex places_mutex;
std::map<std::string, int> places;

// A file that gRPC reads again and again.
const std::string& Pair() {
  static const std::string kPath = [] {
    std::string folder = "/tmp/wrongXXXXXX";
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    static const std::string kFolder = folder;
    std::atexit([] { std::filesystem::remove_all(kFolder); });
    return folder + "/pair";
  }();
  return kPath;
}

bool Fits(const std::string& cert, const std::string& key) {
  const auto bio = [](const std::string& text) {
    return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  };
  X509* const x509 = PEM_read_bio_X509(bio(cert), nullptr, nullptr, nullptr);
  EVP_PKEY* const pkey =
      PEM_read_bio_PrivateKey(bio(key), nullptr, nullptr, nullptr);
  return x509 != nullptr && pkey != nullptr &&
         X509_check_private_key(x509, pkey) == 1;
}

}  // namespace

// Sees the end of each call, and keeps health watches.
class Operations::Interceptor final : public grpc::experimental::Interceptor {
 public:
  Interceptor(Operations& all, grpc::experimental::ServerRpcInfo* info)
      : all_(all), info_(info) {
    const std::lock_guard lock(all_.mutex_);
    if (absl::EndsWith(info->method(), "Health/Watch")) {
      all_.health_watches_.insert(info->server_context());
    }
  }
  ~Interceptor() override {
    const std::lock_guard lock(all_.mutex_);
    all_.health_watches_.erase(info_->server_context());
  }
  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_STATUS)) {
      Log(info_->method(), methods->GetSendStatus().error_code());
    }
    methods->Proceed();
  }

 private:
  Operations& all_;
  grpc::experimental::ServerRpcInfo* const info_;
};

class Operations::Factory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(Operations& all) : all_(all) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new Interceptor(all_, info);
  }

 private:
  Operations& all_;
};

bool Operations::Wanted() { return absl::GetFlag(FLAGS_stage) >= 13; }

Operations::Operations(grpc::ServerBuilder& builder) {
  grpc::EnableDefaultHealthCheckService(!Mistake("has_no_health"));
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      creators;
  creators.push_back(std::make_unique<Factory>(*this));
  builder.experimental().SetInterceptorCreators(std::move(creators));
}

void Operations::Start(grpc::Server& server) {
  auto* const health = server.GetHealthCheckService();
  if (health != nullptr && !Mistake("knows_only_the_whole")) {
    health->SetServingStatus(kService, true);
  }
}

void Operations::Drain(grpc::Server& server, const sigset_t& signals) {
  auto* const health = server.GetHealthCheckService();
  if (Mistake("drains_the_service_alone")) {
    health->SetServingStatus(kService, false);
  } else if (!Mistake("always_serving")) {
    health->SetServingStatus(false);
  }
  const timespec drain = absl::ToTimespec(absl::GetFlag(FLAGS_drain));
  if (!Mistake("stops_at_once")) {
    do {
      sigtimedwait(&signals, nullptr, &drain);
    } while (Mistake("drains_to_the_end"));
  }
  if (Mistake("keeps_health_watches")) return;
  const std::lock_guard lock(mutex_);
  for (auto* const watch : health_watches_) watch->TryCancel();
}

std::shared_ptr<grpc::ServerCredentials> Operations::Credentials() {
  using grpc::experimental::FileWatcherCertificateProvider;
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<FileWatcherCertificateProvider>(Pair(), Pair(), 1));
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsServerCredentials(options);
}

std::string Operations::Publish(const std::string& cert,
                                const std::string& key) {
  static bool first = true;
  const bool again = !std::exchange(first, false);
  if (again && Mistake("keeps_its_certificate")) return "";
  std::string trouble;
  if (!Fits(cert, key)) trouble = "the key of live.crt is another one";
  if (trouble.empty() || Mistake("takes_any_pair")) {
    std::ofstream(Pair() + ".new") << key << cert;
    std::filesystem::rename(Pair() + ".new", Pair());
  }
  return trouble;
}

void Operations::Log(const std::string& method, grpc::StatusCode code) {
  if (!Wanted() || !absl::GetFlag(FLAGS_log_calls)) return;
  google::protobuf::Struct line;
  (*line.mutable_fields())["method"].set_string_value(method);
  (*line.mutable_fields())["code"].set_string_value(
      absl::StatusCodeToString(static_cast<absl::StatusCode>(code)));
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(line, &json).ok()) return;
  if (Mistake("log_can_be_forged")) {
    json =
        absl::StrCat(R"({"code": ")", line.fields().at("code").string_value(),
                     R"(", "method": ")", method, R"("})");
  }
  if (Mistake("logs_words")) json = method;
  const bool rejected = code == grpc::StatusCode::UNAUTHENTICATED;
  if (rejected && Mistake("logs_no_strangers")) return;
  std::cerr << absl::StrCat(json, "\n");
}

Operations::Place::Place(const grpc::ServerContextBase* context, bool watch) {
  const int limit = watch ? absl::GetFlag(FLAGS_max_watches_per_user)
                          : absl::GetFlag(FLAGS_max_calls_per_user);
  if (context == nullptr || limit == 0 ||
      (watch && Mistake("watches_have_no_user")) ||
      (!watch && Mistake("calls_have_no_user"))) {
    return;
  }
  const auto token = context->client_metadata().find("token");
  if (token != context->client_metadata().end() &&
      !Mistake("all_users_are_one")) {
    user_ = std::string(token->second.data(), token->second.size());
  }
  user_ += watch ? " watches" : " calls";
  const std::lock_guard lock(places_mutex);
  too_many_ = ++places[user_] > limit;
}

Operations::Place::~Place() {
  const std::lock_guard lock(places_mutex);
  if (!user_.empty()) --places[user_];
}

}  // namespace wrong
