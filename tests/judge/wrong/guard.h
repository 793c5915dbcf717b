// Authenticates and authorizes the callers of the wrong server, with
// certificates, tokens and roles.
#ifndef WRONG_GUARD_H_
#define WRONG_GUARD_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace wrong {

/// Applies --tls_cert, --tls_key, --token_file and --client_ca. Must outlive
/// the server.
class Guard final : public grpc::AuthMetadataProcessor {
 public:
  /// Reads the flags, and the files that they name.
  Guard();

  /// Why the server can't start, in one line; empty if it can.
  const std::string& trouble() const { return trouble_; }
  /// The credentials for the server's port.
  std::shared_ptr<grpc::ServerCredentials> Credentials();
  /// How many places rejected calls still have, if that is the mistake.
  static int lost() { return lost_; }
  /// Reads the token file again.
  void Reload();

  /// Checks the caller inside a handler, if the mistake is that the server
  /// checks this rpc, for example Put, too late. Returns OK otherwise.
  grpc::Status Late(grpc::ServerContext* context, const std::string& rpc);

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
  bool IsLate(const std::string& rpc) const;
  grpc::Status Judge(
      const std::multimap<grpc::string_ref, grpc::string_ref>& metadata,
      const std::string& method, const grpc::AuthContext& peer);
  const User* Find(const std::string& token) const;
  static std::string Load(Table& table);
  void Exchange(Table table);

  inline static std::atomic<int> lost_ = 0;

  std::string cert_;
  std::string key_;
  std::string client_ca_;
  std::string trouble_;
  bool tls_ = false;
  bool tokens_ = false;
  std::mutex mutex_;  // guards the table
  Table table_;
};

}  // namespace wrong

#endif  // WRONG_GUARD_H_
