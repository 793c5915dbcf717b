// What all servers of this folder share, so that they differ only in how they
// use gRPC: the answers, from the stages' own store, and the command line.
//
//   const kv::StopSignal stop;  // before anything that starts a thread
//   grpc::ServerBuilder builder;
//   builder.RegisterService(&service);
//   const bench::Started started = bench::Start(builder);
//   bench::ServeUntil(stop, started);
#ifndef BENCH_SERVERS_COMMON_H_
#define BENCH_SERVERS_COMMON_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/stop_signal.h"
#include "kv/v1/kv.pb.h"
#include "store/store.h"

namespace bench {

// The unary rpcs as kv.proto has them. Thread-safe, because the store is.
grpc::Status Get(kv::Store& store, const kv::v1::GetRequest& request,
                 kv::v1::GetResponse& response);
grpc::Status Put(kv::Store& store, const kv::v1::PutRequest& request,
                 kv::v1::PutResponse& response);
grpc::Status Delete(kv::Store& store, const kv::v1::DeleteRequest& request,
                    kv::v1::DeleteResponse& response);

// One operation of a Pipeline.
kv::v1::PipelineResponse Answer(kv::Store& store,
                                const kv::v1::PipelineRequest& request);

// What a List sends: found at one moment, sent one by one.
using Entries = std::vector<std::shared_ptr<const kv::Entry>>;
grpc::Status List(kv::Store& store, const kv::v1::ListRequest& request,
                  Entries& entries);
kv::v1::ListResponse ToResponse(const kv::Entry& entry);

// What an Import has brought so far; nothing of it is stored before Write().
// It sets no limit to an import's size.
class Imported final {
 public:
  // @param request what it holds is taken out of it.
  // @return OK, or why the whole import is refused.
  grpc::Status Add(kv::v1::ImportRequest& request);
  void Write(kv::Store& store, kv::v1::ImportResponse& response);

 private:
  std::map<std::string, std::string> entries_;
  std::int64_t count_ = 0;
};

struct Started {
  std::unique_ptr<grpc::Server> server;  // never null
  std::string address;                   // HOST:PORT
};

// Ends a unary call of the callback API.
grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext& context,
                                   const grpc::Status& status);

// Listens on --listen. Ends the process when it can't.
Started Start(grpc::ServerBuilder& builder,
              const std::shared_ptr<grpc::ServerCredentials>& credentials =
                  grpc::InsecureServerCredentials());

// Says READY, waits for the signal and ends the calls.
void ServeUntil(const kv::StopSignal& stop, const Started& started);

}  // namespace bench

#endif  // BENCH_SERVERS_COMMON_H_
