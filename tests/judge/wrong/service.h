// The KeyValueService with the one mistake that --mistake asks for.
#ifndef WRONG_SERVICE_H_
#define WRONG_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kv/v1/kv.grpc.pb.h"
#include "wrong/guard.h"
#include "wrong/shared_log.h"
#include "wrong/store.h"

namespace wrong {

/// Implements all rpcs, as a program in another language may at any stage.
class Service : public kv::v1::KeyValueService::Service {
 public:
  /// Reads the flags.
  Service();

  /// Makes the handlers use a guard, which must outlive the service.
  void Ask(Guard& guard) { guard_ = &guard; }

  /// Loads the changes of --data or --etcd. Returns why that failed, or
  /// nothing.
  std::string Load();

  /// Ends the watches, because the server stops.
  void Stop();

 protected:
  /// Does a Put, for the generated handler and for the generic one that parses
  /// the request itself.
  grpc::Status Write(const kv::v1::PutRequest* request,
                     kv::v1::PutResponse* response);

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

  /// The store's name.
  std::string Name() const;
  /// Does work that changes the store, in a way that suits --etcd.
  grpc::Status Together(const SharedLog::Work& work, bool from_memory = false);

  Store store_;
  std::unique_ptr<SharedLog> shared_log_;  // nullptr without --etcd

 private:
  grpc::Status Late(grpc::ServerContext* context, const std::string& rpc);
  std::vector<kv::v1::Entry> Copy(const kv::v1::ListRequest& request);
  grpc::Status Follow(grpc::ServerContext* context,
                      const kv::v1::WatchRequest& request, std::int64_t after,
                      grpc::ServerWriter<kv::v1::WatchResponse>* writer);
  kv::v1::PipelineResponse Do(const kv::v1::PipelineRequest& request);

  Guard* guard_ = nullptr;
};

constexpr std::size_t kMaxPrefixBytes = 512;

/// Returns INVALID_ARGUMENT for a field with a wrong length.
grpc::Status Invalid(const std::string& field);
/// Returns OK if the key is valid.
grpc::Status CheckKey(const std::string& key);

}  // namespace wrong

#endif  // WRONG_SERVICE_H_
