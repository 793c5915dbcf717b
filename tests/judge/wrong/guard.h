// Who may call the wrong server: its certificates, tokens and roles.
#ifndef WRONG_GUARD_H_
#define WRONG_GUARD_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wrong/service.h"

namespace wrong {

/// What --tls_cert, --tls_key, --token_file and --client_ca ask for. Must
/// outlive the server.
class Guard final : public grpc::AuthMetadataProcessor {
 public:
  /// Reads the flags, and the files that they name.
  Guard();

  /// @return why the server can't start, in one line; empty when it can.
  const std::string& trouble() const { return trouble_; }
  /// @return what its port is opened with.
  std::shared_ptr<grpc::ServerCredentials> Credentials();
  /// Reads the token file again.
  void Reload();

  /// Whether a call is refused where it is handled, and not before.
  /// @param method its last word, for example Put.
  bool Late(const std::string& method) const;
  /// @param metadata what the call carries.
  /// @param method its whole name.
  /// @param peer how the client has proved who it is.
  /// @return OK, or why the call is refused.
  grpc::Status Judge(
      const std::multimap<grpc::string_ref, grpc::string_ref>& metadata,
      const std::string& method, const grpc::AuthContext& peer);

 private:
  struct User {
    std::string name;
    std::string role;
  };
  using Table = std::map<std::string, User>;  // by token

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* context, OutputMetadata* consumed,
                       OutputMetadata* response) override;
  const User* Find(const std::string& token) const;
  static std::string Load(Table& table);
  void Exchange(Table table);

  std::string cert_;
  std::string key_;
  std::string client_ca_;
  std::string trouble_;
  bool tls_ = false;
  bool tokens_ = false;
  std::mutex mutex_;  // guards the table
  Table table_;
};

/// The service, with handlers that refuse late if that is the mistake.
class GuardedService final : public Service {
 public:
  /// @param guard whom it asks.
  explicit GuardedService(Guard& guard) : guard_(guard) {}

 private:
  grpc::Status Get(grpc::ServerContext* context,
                   const kv::v1::GetRequest* request,
                   kv::v1::GetResponse* response) override;
  grpc::Status Put(grpc::ServerContext* context,
                   const kv::v1::PutRequest* request,
                   kv::v1::PutResponse* response) override;
  grpc::Status Delete(grpc::ServerContext* context,
                      const kv::v1::DeleteRequest* request,
                      kv::v1::DeleteResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const kv::v1::ListRequest* request,
                    grpc::ServerWriter<kv::v1::ListResponse>* writer) override;
  grpc::Status Watch(
      grpc::ServerContext* context, const kv::v1::WatchRequest* request,
      grpc::ServerWriter<kv::v1::WatchResponse>* writer) override;
  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<kv::v1::ImportRequest>* reader,
                      kv::v1::ImportResponse* response) override;
  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<kv::v1::PipelineResponse,
                               kv::v1::PipelineRequest>* stream) override;

  grpc::Status Verdict(grpc::ServerContext* context, const std::string& method);

  Guard& guard_;
};

}  // namespace wrong

#endif  // WRONG_GUARD_H_
