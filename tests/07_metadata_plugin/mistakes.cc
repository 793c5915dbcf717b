// What each mistake with credentials looks like, one line each:
//
//   NAME: STATUS: message
//
// The session `mistakes` shows them, and the page of stage 07 explains them.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/text.h"
#include "secure_server.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

grpc::Status InsecureChannel(const std::string& target) {
  const auto channel =
      grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
  Context context;
  context.set_credentials(Giving("token", "secret"));
  return Get(channel, context);
}

grpc::Status CompositeOverInsecure(const std::string& target) {
  const auto credentials = grpc::CompositeChannelCredentials(
      grpc::InsecureChannelCredentials(), Giving("token", "secret"));
  if (credentials == nullptr) std::cout << "composite over insecure: nullptr\n";
  Context context;
  return Get(grpc::CreateChannel(target, credentials), context);
}

grpc::Status BothAtOnce(const std::string& target) {
  const auto credentials = grpc::CompositeChannelCredentials(
      Trusting(), Giving("token", "the channel's"));
  Context context;
  context.set_credentials(Giving("token", "the call's"));
  return Get(grpc::CreateChannel(target, credentials), context);
}

grpc::Status Call(const std::string& target,
                  const std::shared_ptr<grpc::CallCredentials>& credentials,
                  milliseconds timeout = seconds(30)) {
  Context context(timeout);
  // gRPC 1.51 sometimes mistakes another error for one of connect().
  context.set_wait_for_ready(true);
  context.set_credentials(credentials);
  return Get(grpc::CreateChannel(target, Trusting()), context);
}

grpc::Status IllegalKey(const std::string& target) {
  return Call(target, Giving("Token", "secret"));
}

grpc::Status IllegalValue(const std::string& target) {
  return Call(target, Giving("token", "secret\n"));
}

grpc::Status PluginError(const std::string& target) {
  return Call(target, FromPlugin([](Plugin::Metadata& /*metadata*/) {
                return grpc::Status(grpc::StatusCode::NOT_FOUND,
                                    "nobody is logged in");
              }));
}

// The plugin waits for 2 s, or until the call has ended; the call's deadline is
// 200 ms.
grpc::Status SlowPlugin(const std::string& target, bool blocking) {
  std::promise<void> over;
  const auto slow = [waiting = over.get_future().share(),
                     blocking](Plugin::Metadata& /*metadata*/) {
    if (waiting.wait_for(seconds(2)) == std::future_status::timeout) {
      std::cout << "slow plugin" << (blocking ? "" : ", not blocking")
                << ": the call waits for it\n";
    }
    return grpc::Status::OK;
  };
  grpc::Status status =
      Call(target, FromPlugin(slow, blocking), milliseconds(200));
  over.set_value();
  return status;
}

grpc::Status Connect(
    const std::string& target,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  Context context;
  return Get(grpc::CreateChannel(target, credentials), context);
}

// One line; the port of this run reads as in the other sessions.
void ReportStatus(const std::string& name, const grpc::Status& status,
                  const std::string& target) {
  const std::string text =
      status.ok() ? "OK"
                  : absl::StrReplaceAll(kv::Text(status),
                                        {{target, "127.0.0.1:50051"}});
  std::cout << name << ": " << text << std::endl;
}

}  // namespace

int main() {
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  Running open(grpc::InsecureServerCredentials());
  Running tls(ServerTls());
  Running other(ServerTls("other/server"));

  ReportStatus("insecure channel", InsecureChannel(open.target), open.target);
  ReportStatus("composite over insecure", CompositeOverInsecure(open.target),
               open.target);
  ReportStatus("both at once", BothAtOnce(tls.target), tls.target);
  std::cout << "both at once: the server sees "
            << absl::StrJoin(tls.service.tokens(), " and ") << "\n";
  ReportStatus("illegal key", IllegalKey(tls.target), tls.target);
  ReportStatus("illegal value", IllegalValue(tls.target), tls.target);
  ReportStatus("plugin error", PluginError(tls.target), tls.target);
  ReportStatus("slow plugin", SlowPlugin(tls.target, true), tls.target);
  ReportStatus("slow plugin, not blocking", SlowPlugin(tls.target, false),
               tls.target);
  ReportStatus("wrong authority", Connect(tls.target, Trusting("other/ca")),
               tls.target);
  ReportStatus("wrong name", Connect(other.target, Trusting("other/ca")),
               other.target);
  ReportStatus("plaintext to TLS",
               Connect(tls.target, grpc::InsecureChannelCredentials()),
               tls.target);
  ReportStatus("TLS to plaintext", Connect(open.target, Trusting()),
               open.target);
}
