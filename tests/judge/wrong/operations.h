// How the wrong server of stage 13 is run by others: health, drain, limits for
// each user, certificates that are read again, and a log of calls.
#ifndef WRONG_OPERATIONS_H_
#define WRONG_OPERATIONS_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <csignal>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace wrong {

/// Does nothing before stage 13.
class Operations final {
 public:
  /// Whether --stage asks for it.
  static bool Wanted();

  /// Enables health and sees each call.
  explicit Operations(grpc::ServerBuilder& builder);
  /// Sets the health.
  static void Start(grpc::Server& server);
  /// Waits for --drain or a second signal, then ends health watches.
  void Drain(grpc::Server& server, const sigset_t& signals);

  /// Credentials that a later Publish() changes.
  static std::shared_ptr<grpc::ServerCredentials> Credentials();
  /// Replaces the certificate, if the key is its own. Returns why not.
  static std::string Publish(const std::string& cert, const std::string& key);

  /// Writes a line of JSON, if --log_calls asks for it.
  static void Log(const std::string& method, grpc::StatusCode code);

  /// A place among the calls, or the watches, of the caller.
  class Place final {
   public:
    Place(const grpc::ServerContextBase* context, bool watch);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();
    /// Whether the caller has too many.
    bool too_many() const { return too_many_; }

   private:
    std::string user_;
    bool too_many_ = false;
  };

 private:
  class Interceptor;
  class Factory;

  std::mutex mutex_;
  std::set<grpc::ServerContextBase*> health_watches_;
};

}  // namespace wrong

#endif  // WRONG_OPERATIONS_H_
