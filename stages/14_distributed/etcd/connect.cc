#include "etcd/connect.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"

namespace kv {
namespace {

// [channel]
std::shared_ptr<grpc::Channel> Connect(
    const std::string& member,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // a page can be large
  // We repeat calls ourselves. With gRPC's own retries, which are on by default
  // also without a policy, a peer that ends a call without a grpc-status aborts
  // our process, and etcd does that when it stops (grpc/grpc#34683).
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // A member that was away is asked again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A watch on a frozen member would wait forever. etcd allows a
  // ping in 5 seconds.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 6000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return grpc::CreateCustomChannel(member, credentials, arguments);
}
// [channel]

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const EtcdOptions& options) {
  if (options.ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  for (const auto& [path, pem] :
       {std::pair(options.ca, &ssl.pem_root_certs),
        std::pair(options.cert, &ssl.pem_cert_chain),
        std::pair(options.key, &ssl.pem_private_key)}) {
    if (path.empty()) continue;
    auto text = ReadFile(path);
    if (!text.ok()) return text.status();
    *pem = *std::move(text);
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> ConnectToMembers(
    const EtcdOptions& options) {
  const auto credentials = Credentials(options);
  if (!credentials.ok()) return credentials.status();
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (const absl::string_view member : absl::StrSplit(options.members, ',')) {
    channels.push_back(Connect(std::string(member), *credentials));
  }
  return channels;
}

absl::StatusOr<EtcdUser> ReadUser(const EtcdOptions& options) {
  if (options.user_file.empty()) return EtcdUser{};
  const auto text = ReadFile(options.user_file);
  if (!text.ok()) return text.status();
  const absl::string_view line = absl::StripTrailingAsciiWhitespace(*text);
  const std::pair<std::string, std::string> user =
      absl::StrSplit(line, absl::MaxSplits(':', 1));
  if (user.first.empty() || user.second.empty() ||
      absl::StrContains(line, '\n')) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.user_file, " must hold one line: USER:PASSWORD"));
  }
  return EtcdUser{user.first, user.second};
}

}  // namespace kv
