// Channels to each of several servers, for the programs that make load.
#ifndef TESTS_SUPPORT_SERVERS_H_
#define TESTS_SUPPORT_SERVERS_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "operation.h"

namespace load {

constexpr std::chrono::seconds kDeadline(10);
constexpr std::chrono::milliseconds kPause(10);

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Servers {
  // CA_FILE and TOKEN_FILE may be "": plaintext, and no token.
  Servers(const std::string& ca_file, const std::string& token_file,
          std::vector<std::string> all)
      : ca(ReadFile(ca_file)),
        token(ReadFile(token_file)),
        addresses(std::move(all)) {
    token.erase(token.find_last_not_of("\r\n") + 1);
  }

  std::string ca;
  std::string token;
  std::vector<std::string> addresses;
};

// A channel to each server. One server is used until a call to it fails.
class Connection {
 public:
  Connection(const Servers& servers, std::size_t first)
      : token_(servers.token), index_(first) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
    // Also how long an attempt to connect may take.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
    const auto credentials = servers.ca.empty()
                                 ? grpc::InsecureChannelCredentials()
                                 : grpc::SslCredentials({servers.ca, "", ""});
    for (const std::string& address : servers.addresses) {
      stubs_.push_back(kv::v1::KeyValueService::NewStub(
          grpc::CreateCustomChannel(address, credentials, arguments)));
    }
  }

  kv::v1::KeyValueService::Stub& stub() {
    return *stubs_[index_ % stubs_.size()];
  }

  void Prepare(grpc::ClientContext& context,
               std::chrono::seconds deadline = kDeadline) const {
    if (!token_.empty()) context.AddMetadata("token", token_);
    context.set_wait_for_ready(stubs_.size() == 1);  // there is no other
    context.set_deadline(std::chrono::system_clock::now() + deadline);
  }

  // Moves to the next server. The pause keeps clients from spinning while no
  // server is there.
  void Next() {
    ++index_;
    std::this_thread::sleep_for(kPause);
  }

 private:
  const std::string token_;
  std::size_t index_;
  std::vector<std::unique_ptr<kv::v1::KeyValueService::Stub>> stubs_;
};

// All entries of one server, or none if it can't be reached until the time
// `until` of Now().
inline std::vector<kv::v1::Entry> ListAll(Servers servers,
                                          const std::string& address,
                                          std::int64_t until) {
  servers.addresses = {address};
  Connection connection(servers, 0);
  while (Now() < until) {
    grpc::ClientContext context;
    connection.Prepare(context);
    const auto stream = connection.stub().List(&context, {});
    std::vector<kv::v1::Entry> entries;
    kv::v1::ListResponse response;
    while (stream->Read(&response)) {
      entries.insert(entries.end(), response.entries().begin(),
                     response.entries().end());
    }
    if (stream->Finish().ok()) return entries;
    connection.Next();
  }
  return {};
}

}  // namespace load

#endif  // TESTS_SUPPORT_SERVERS_H_
