// The service as stage 11 has it: watches need no thread, and calls and watches
// are counted.
#ifndef WRONG_REACTORS_H_
#define WRONG_REACTORS_H_

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "wrong/service.h"

namespace wrong {

/// One thread moves all watches on.
class Reactors final
    : public kv::v1::KeyValueService::WithCallbackMethod_Watch<Service> {
 public:
  /// Reads the flags.
  Reactors();
  /// Call it after Stop() and when no call is left.
  ~Reactors() override;

  /// Whether --stage asks for this service.
  static bool Wanted();
  /// How many threads the calls that have one may need.
  static int Threads();
  /// Why the server can't start, in one line; empty if it can.
  static std::string Trouble();

 private:
  class Watching;

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
  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<kv::v1::ImportRequest>* reader,
                      kv::v1::ImportResponse* response) override;
  grpc::Status Pipeline(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<kv::v1::PipelineResponse,
                               kv::v1::PipelineRequest>* stream) override;
  grpc::ServerWriteReactor<kv::v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context,
      const kv::v1::WatchRequest* request) override;

  template <class Handler>
  grpc::Status Counted(const Handler& handler, int spare = 0);
  template <class Handler>
  grpc::Status CountedStream(bool takes_all, const Handler& handler);
  grpc::Status Fresh(const char* mistake);
  void MoveOn();

  std::atomic<int> calls_ = 0;
  std::atomic<int> own_writes_ = 0;
  std::atomic<int> active_ = 0;   // watches
  std::set<Watching*> watching_;  // guarded by the store's lock
  std::thread moves_;
};

}  // namespace wrong

#endif  // WRONG_REACTORS_H_
