#include "server/interceptors.h"

#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "auth/auth_interceptor.h"
#include "server/log_interceptor.h"

namespace kv {

// [interceptors]
void AddInterceptors(grpc::ServerBuilder& builder, const ServerOptions& options,
                     const Tokens& tokens, Log& log) {
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      creators;
  creators.push_back(std::make_unique<AuthInterceptorFactory>(
      options.token_file.empty() ? nullptr : &tokens));
  if (options.log_calls) {
    creators.push_back(std::make_unique<LogInterceptorFactory>(log));
  }
  builder.experimental().SetInterceptorCreators(std::move(creators));
}
// [interceptors]

// [reload]
void ReloadTokens(const ServerOptions& options, Tokens& tokens, Log& log) {
  if (options.token_file.empty()) return;
  const absl::Status read = tokens.Read(options.token_file);
  const std::string said =
      read.ok() ? absl::StrCat(options.token_file,
                               " read again: ", tokens.size(), " tokens")
                : absl::StrCat(read.message(), "; the old tokens stay");
  log.Write(absl::StrCat("server: ", said));
}
// [reload]

}  // namespace kv
