#include "server/interceptors.h"

#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/auth_interceptor.h"
#include "server/log_interceptor.h"
#include "server/metrics_interceptor.h"

namespace kv {

// [interceptors]
void AddInterceptors(grpc::ServerBuilder& builder, const ServerOptions& options,
                     const Tokens& tokens, CallLog& log, Metrics& metrics,
                     HealthWatches& health_watches) {
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      creators;
  creators.push_back(std::make_unique<AuthInterceptorFactory>(
      options.token_file.empty() ? nullptr : &tokens));
  if (!options.metrics.empty()) {
    creators.push_back(std::make_unique<MetricsInterceptorFactory>(metrics));
  }
  if (options.log_calls) {
    creators.push_back(std::make_unique<LogInterceptorFactory>(log));
  }
  creators.push_back(
      std::make_unique<HealthWatchInterceptorFactory>(health_watches));
  builder.experimental().SetInterceptorCreators(std::move(creators));
}
// [interceptors]

// [rejected]
AuthProcessor::Rejected OnRejected(const ServerOptions& options, CallLog& log,
                                   Metrics& metrics) {
  CallLog* const lines = options.log_calls ? &log : nullptr;
  return
      [lines, &metrics](const std::string& path, const grpc::Status& status) {
        metrics.Rejected(status);
        if (lines == nullptr) return;
        EndedCall call;
        call.method = path;
        call.code = status.error_code();
        lines->Write(call);
      };
}
// [rejected]

}  // namespace kv
