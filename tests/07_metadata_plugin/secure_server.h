// What the programs of this folder share: the certificates of this build, a
// server that records what it receives, and calls to it.
#ifndef TEST_SECURE_SERVER_H_
#define TEST_SECURE_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "auth/tls.h"
#include "base/file.h"
#include "kv/v1/kv.grpc.pb.h"

/// The path of a file in the build's tests/support.
inline std::string Certificate(const std::string& name) {
  return std::string(CERTS) + "/" + name;
}

/// A server's credentials: `server` has this machine's names, `other/server`
/// the name other.example and another authority.
inline std::shared_ptr<grpc::ServerCredentials> ServerTls(
    const std::string& name = "server") {
  return kv::TlsServerCredentials(Certificate(name + ".crt"),
                                  Certificate(name + ".key"))
      .value();
}

/// A client's credentials, which trust the authority `ca` or `other/ca`.
inline std::shared_ptr<grpc::ChannelCredentials> Trusting(
    const std::string& name = "ca") {
  return kv::TlsChannelCredentials(Certificate(name + ".crt")).value();
}

/// Remembers the tokens of each call, its metadata keys and its peer.
class Remembering final : public kv::v1::KeyValueService::Service {
 public:
  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* /*request*/,
                   kv::v1::GetResponse* /*response*/) override {
    const std::lock_guard lock(mutex_);
    // [sees]
    tokens_.clear();
    for (const auto& [key, value] : context->client_metadata()) {
      if (key == "token") tokens_.emplace_back(value.data(), value.size());
      keys_.emplace(key.data(), key.size());
    }
    // [sees]
    peers_.insert(context->peer());
    return grpc::Status::OK;
  }

  std::vector<std::string> tokens() const {  // of the last call
    const std::lock_guard lock(mutex_);
    return tokens_;
  }
  std::set<std::string> keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }
  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return peers_.size();
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> tokens_;
  std::set<std::string> keys_;
  std::set<std::string> peers_;
};

/// A server on a free port of this machine.
class Running final {
 public:
  explicit Running(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                   grpc::Service* other = nullptr) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterService(other == nullptr ? &service : other);
    server_ = builder.BuildAndStart();
    target = "127.0.0.1:" + std::to_string(port);
  }
  ~Running() { server_->Shutdown(std::chrono::system_clock::now()); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::string target;
  Remembering service;

 private:
  std::unique_ptr<grpc::Server> server_;
};

/// A plugin that does what the test sets.
class Plugin final : public grpc::MetadataCredentialsPlugin {
 public:
  using Metadata = std::multimap<grpc::string, grpc::string>;
  using Body = std::function<grpc::Status(Metadata&)>;
  Plugin(Body body, bool blocking)
      : body_(std::move(body)), blocking_(blocking) {}

  grpc::Status GetMetadata(grpc::string_ref /*service_url*/,
                           grpc::string_ref /*method_name*/,
                           const grpc::AuthContext& /*channel*/,
                           Metadata* metadata) override {
    return body_(*metadata);
  }
  bool IsBlocking() const override { return blocking_; }

 private:
  const Body body_;
  const bool blocking_;
};

/// Call credentials whose plugin runs `body`.
inline std::shared_ptr<grpc::CallCredentials> FromPlugin(Plugin::Body body,
                                                         bool blocking = true) {
  return grpc::MetadataCredentialsFromPlugin(
      std::make_unique<Plugin>(std::move(body), blocking));
}

/// Call credentials that add this pair to the metadata of each call.
inline std::shared_ptr<grpc::CallCredentials> Giving(const std::string& key,
                                                     const std::string& value) {
  return FromPlugin([=](Plugin::Metadata& metadata) {
    metadata.emplace(key, value);
    return grpc::Status::OK;
  });
}

/// A context with a deadline, so that a call that hangs fails its test.
struct Context : grpc::ClientContext {
  explicit Context(
      std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
    set_deadline(std::chrono::system_clock::now() + timeout);
  }
};

/// A Get over the channel.
inline grpc::Status Get(const std::shared_ptr<grpc::Channel>& channel,
                        grpc::ClientContext& context) {
  kv::v1::GetResponse response;
  return kv::v1::KeyValueService::NewStub(channel)->Get(&context, {},
                                                        &response);
}

#endif  // TEST_SECURE_SERVER_H_
