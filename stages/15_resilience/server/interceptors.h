// The interceptors, in the order in which they see a call.
#ifndef SERVER_INTERCEPTORS_H_
#define SERVER_INTERCEPTORS_H_

#include <grpcpp/grpcpp.h>

#include "auth/auth_processor.h"
#include "auth/tokens.h"
#include "server/call_log.h"
#include "server/health_watches.h"
#include "server/metrics.h"
#include "server/options.h"

namespace kv {

/// Adds the interceptors that the options ask for. The others must outlive the
/// server.
void AddInterceptors(grpc::ServerBuilder& builder, const ServerOptions& options,
                     const Tokens& tokens, CallLog& log, Metrics& metrics,
                     HealthWatches& health_watches);

/// Counts calls that the processor rejects, which no interceptor sees, and with
/// --log_calls logs them. Both must outlive the server.
AuthProcessor::Rejected OnRejected(const ServerOptions& options, CallLog& log,
                                   Metrics& metrics);

}  // namespace kv

#endif  // SERVER_INTERCEPTORS_H_
